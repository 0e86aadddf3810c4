! What the conformance suite asks of a writer, done with simvue_journal.f90: conformance SCENARIO DIRECTORY.
!
!   gfortran -O2 simvue_journal.f90 conformance.f90 -o conformance
!
! What each scenario is, is in conformance/WRITER-CLI.md. Exit code 77 says that there is no such scenario here.
program conformance
   use, intrinsic :: ieee_arithmetic, only: ieee_negative_inf, ieee_positive_inf, ieee_quiet_nan, ieee_value
   use, intrinsic :: iso_fortran_env, only: error_unit, int64, output_unit, real64
   use simvue, only: simvue_journal, simvue_ok
   implicit none
   type(simvue_journal) :: run
   character(32) :: scenario
   character(4096) :: directory

   if (command_argument_count() /= 2) error stop 'usage: conformance SCENARIO DIRECTORY'
   call get_command_argument(1, scenario)
   call get_command_argument(2, directory)
   select case (scenario)
   case ('minimal')
      call minimal()
   case ('full')
      call full()
   case ('text')
      call text()
   case ('numbers')
      call numbers()
   case ('non-finite')
      call non_finite()
   case ('many')
      call many()
   case ('rotation')
      call rotation()
   case ('restart-1')
      call begin('restart')
      call record_steps(0, 4)
      stop 1 ! without an end: nothing is left to write, each record was written at once
   case ('restart-2')
      call begin('restart')
      call record_steps(5, 9)
   case ('rank-0')
      call ranks(0)
   case ('rank-1')
      call ranks(1)
   case ('full-disk')
      call full_disk()
   case ('killed')
      call killed()
   case ('crowd')
      call crowd()
   case default
      stop 77
   end select
   call run%close('completed')

contains

   subroutine begin(name)
      character(*), intent(in) :: name

      call run%open(name, folder='/conformance', run_key='conformance-'//name, directory=directory)
   end subroutine begin

   subroutine record_steps(first, last)
      integer, intent(in) :: first, last
      integer :: step

      do step = first, last
         call run%log_metric('x', step, step=step)
      end do
   end subroutine record_steps

   logical function exists(name)
      character(*), intent(in) :: name

      inquire (file=trim(directory)//'/'//name, exist=exists)
   end function exists

   subroutine minimal()
      integer :: step

      call begin('minimal')
      do step = 0, 2
         call run%log_metric('loss', 1.0_real64/(step + 3), step=step)
      end do
   end subroutine minimal

   subroutine full()
      call run%open('full', folder='/conformance', description='every kind', tags=['red  ', 'green'], timeout=180, &
                    run_key='conformance-full', directory=directory)
      call run%set_metadata('nx', 128)
      call run%set_metadata('alpha', 0.1_real64)
      call run%set_metadata('scheme', 'implicit')
      call run%set_metadata('periodic', .true.)
      call run%log_metrics(['a', 'b'], [1.5_real64, -2.0_real64], step=0, time=0.5_real64)
      call run%log_event('half way', level='warning')
      call run%set_metadata('cells', 16384)
      call run%add_tags(['blue'])
      call run%describe_folder('/conformance', description='of the suite')
      call run%alert_threshold('hot', 'a', 'is above', 10.0_real64)
      call run%alert_event('words', 'panic')
      call run%alert_user('mine')
      call run%alert_state('mine', 'critical')
      call run%log_artifact(trim(directory)//'/input.txt', 'input')
      call run%log_artifact(trim(directory)//'/input.txt', 'output', name='kept.txt', stored=.true.)
      call run%heartbeat()
      call run%set_status('running')
   end subroutine full

   ! All bytes of a file: lines mean nothing in it.
   function content(name) result(bytes)
      character(*), intent(in) :: name
      character(:), allocatable :: bytes
      integer :: unit, size

      open (newunit=unit, file=trim(directory)//'/'//name, access='stream', form='unformatted', action='read')
      inquire (unit=unit, size=size)
      allocate (character(size) :: bytes)
      read (unit) bytes
      close (unit)
   end function content

   subroutine text()
      character(7) :: name
      character(200) :: problem
      integer :: number, status

      call begin('text')
      do number = 0, 19
         write (name, '("text/",i2.2)') number
         call run%log_event(content(name), exact=.true., stat=status, errmsg=problem)
         if (status /= simvue_ok) write (error_unit, '(a,": ",a)') name, trim(problem)
      end do
      call run%set_metadata('text', content('text/01'), exact=.true.)
   end subroutine text

   subroutine numbers()
      real(real64) :: value
      integer :: unit, step, status

      call begin('numbers')
      open (newunit=unit, file=trim(directory)//'/numbers.txt', action='read')
      step = 0
      do
         read (unit, *, iostat=status) value
         if (status /= 0) exit
         call run%log_metric('x', value, step=step)
         step = step + 1
      end do
      close (unit)
      call run%log_metric('y', 1.0_real64, step=9007199254740991_int64, time=-1.5_real64)
   end subroutine numbers

   subroutine non_finite()
      real(real64) :: one

      one = 1.0
      call begin('non-finite')
      call run%log_metric('x', ieee_value(one, ieee_quiet_nan), step=0)
      call run%log_metric('x', ieee_value(one, ieee_positive_inf), step=1)
      call run%log_metric('x', ieee_value(one, ieee_negative_inf), step=2)
      call run%log_metric('x', 0.5_real64, step=3)
   end subroutine non_finite

   subroutine many()
      integer :: step

      call begin('many')
      do step = 0, 9999
         call run%log_metric('x', step/8.0_real64, step=step)
      end do
   end subroutine many

   subroutine rotation()
      call begin('rotation')
      call record_steps(0, 9)
      call run%rotate()
      call record_steps(10, 19)
      call run%rotate()
      call record_steps(20, 29)
   end subroutine rotation

   subroutine ranks(rank)
      integer, intent(in) :: rank
      integer :: step

      ! A rank above 0 joins the run and describes nothing.
      call run%open('ranks', folder='/conformance', run_key='conformance-ranks', rank=rank, directory=directory)
      do step = 0, 99
         call run%log_metric(merge('rank0', 'rank1', rank == 0), step, step=step, time=step/4.0_real64)
      end do
   end subroutine ranks

   subroutine full_disk()
      integer :: step, unit

      call begin('full-disk')
      step = 0
      do while (.not. exists('full'))
         call record_steps(step, step)
         step = step + 1
         call execute_command_line('sleep 0.001') ! else 16 MiB of records wait before the suite has seen it
      end do
      call run%set_status('running')
      call record_steps(step, step + 19)
      open (newunit=unit, file=trim(directory)//'/waiting', status='new')
      close (unit)
      do while (.not. exists('room'))
         call execute_command_line('sleep 0.05')
      end do
      call record_steps(step + 20, step + 119)
   end subroutine full_disk

   subroutine killed()
      integer :: step

      call begin('killed')
      do step = 0, 1999
         call record_steps(step, step)
         print '(i0)', step
         flush (output_unit)
      end do
      do
         call execute_command_line('sleep 1')
      end do
   end subroutine killed

   subroutine crowd()
      integer :: step

      call begin('crowd')
      do step = 0, 199
         call run%log_metric('x', step, step=step, time=step/4.0_real64)
      end do
   end subroutine crowd
end program conformance
