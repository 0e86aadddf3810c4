! Heat on a square plate, explicitly in time, recorded as a run: a worked example of simvue_journal.f90.
!
!   gfortran -O2 simvue_journal.f90 heat.f90 -o heat && ./heat [rank]
program heat
   use, intrinsic :: iso_fortran_env, only: real64
   use simvue, only: simvue_journal
   implicit none
   integer, parameter :: n = 64, steps = 400, every = 20
   real(real64), parameter :: alpha = 1.0e-4_real64, h = 1.0_real64/(n - 1), dt = 0.2_real64*h*h/alpha
   type(simvue_journal) :: run
   real(real64), allocatable :: t(:, :), new(:, :)
   real(real64) :: change, energy
   integer :: step, unit, i
   character(16) :: argument

   call get_command_argument(1, argument)
   if (argument == '') then
      call run%open('heat 2d', folder='/heat', description='explicit scheme', tags=['heat', '2d  '], timeout=3600)
   else ! ranks of one run
      read (argument, *) i
      call run%open('heat 2d', folder='/heat', run_key='job', rank=i)
   end if
   call run%set_metadata('n', n)
   call run%set_metadata('alpha', alpha)
   call run%set_metadata('scheme', 'FTCS')
   call run%alert_threshold('diverged', 'change', 'is above', 1.0e3_real64, abort=.true.)
   call run%define_grid('plate', ['x', 'y'], [(i*h, i=0, n - 1, 9)], [(i*h, i=0, n - 1, 9)], ['temperature'])

   allocate (t(n, n), new(n, n))
   t = 300.0_real64
   t(1, :) = 400.0_real64
   new = t
   do step = 1, steps
      new(2:n - 1, 2:n - 1) = t(2:n - 1, 2:n - 1) + alpha*dt/h**2*( &
         t(1:n - 2, 2:n - 1) + t(3:n, 2:n - 1) + t(2:n - 1, 1:n - 2) + t(2:n - 1, 3:n) - 4*t(2:n - 1, 2:n - 1))
      change = maxval(abs(new - t))
      t = new
      energy = sum(t)*h*h
      call run%log_metrics(['change', 'energy'], [change, energy], step=step, time=step*dt)
      if (step == every) call run%log_event('the first 20 steps are done')
   end do
   call run%log_tensor('temperature', t(1:n:9, 1:n:9), step=steps, time=steps*dt)

   open (newunit=unit, file='temperature.dat', form='unformatted', access='stream', status='replace')
   write (unit) t
   close (unit)
   call run%log_artifact('temperature.dat', 'output', mimetype='application/octet-stream')
   call run%close()
   print '(a, es12.4, 2a)', 'last change ', change, ', run ', run%run_key()
end program heat
