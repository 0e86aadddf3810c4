! One half of the plate of heat.py: one rank of a run whose other rank may be written in another language.
!
!   gfortran -O2 conformance/writers/fortran/simvue_journal.f90 docs/examples/half.f90 -o half
!   ./half RANK SIZE STEPS RUN_KEY <from_the_other_rank >to_the_other_rank
!
! In every step each rank sends its boundary row, a line of numbers, and receives the other's. half.c does the same, so
! any two of them can share a plate. The numbers are those of heat.py. Tests: tests/demo/test_halves.py.
program half
   use, intrinsic :: iso_fortran_env, only: error_unit, output_unit, real64
   use simvue, only: simvue_journal
   implicit none
   real(real64), parameter :: hot = 100.0_real64, courant = 0.24_real64
   character(5), parameter :: names(0:1) = ['upper', 'lower']
   real(real64), allocatable :: t(:, :), row(:) ! of t, rows 0 and rows + 1 are not this rank's
   character(64) :: run_key
   character(1) :: digit
   type(simvue_journal) :: run
   integer :: rank, size, steps, rows, step, mine, others, error

   rank = argument(1)
   size = argument(2)
   steps = argument(3)
   call get_command_argument(4, run_key)
   if (rank < 0 .or. rank > 1 .or. size < 4 .or. modulo(size, 2) == 1 .or. steps < 1 .or. run_key == '') then
      write (error_unit, '(a)') 'usage: half RANK SIZE STEPS RUN_KEY: 0 or 1, an even number, 1 or more, a name'
      stop 2
   end if
   rows = size/2
   mine = merge(rows, 1, rank == 0) ! the row that the other rank needs
   others = merge(rows + 1, 0, rank == 0)

   allocate (t(size, 0:rows + 1), row(size))
   t = 0.0_real64
   t(1, :) = hot
   call run%open('heat in a plate', folder='/examples', tags=['heat         ', 'two languages'], &
      run_key=trim(run_key), rank=rank)
   if (rank == 0) then ! speaks for the run
      call run%set_metadata('size', size)
      call run%set_metadata('courant', courant)
   end if
   write (digit, '(i1)') rank
   call run%log_event('rank '//digit//' is written in Fortran')

   error = 0
   do step = 0, steps - 1
      write (output_unit, '(*(es24.16e3))') t(:, mine)
      flush (output_unit)
      read (*, *, iostat=error) row
      if (error /= 0) exit
      t(:, others) = row
      t(2:size - 1, 1:rows) = t(2:size - 1, 1:rows) + courant*( &
         t(2:size - 1, 0:rows - 1) + t(2:size - 1, 2:rows + 1) + t(1:size - 2, 1:rows) + t(3:size, 1:rows) - &
         4.0_real64*t(2:size - 1, 1:rows))
      call run%log_metrics([names(rank)//'.mean   ', names(rank)//'.hottest'], &
         [sum(t(:, 1:rows))/(rows*size), maxval(t(2:, 1:rows))], step=step)
      if (rank == 0) call run%log_metric('centre', t(size/2 + 1, rows), step=step)
   end do
   if (error /= 0) call run%log_event('the other rank has gone', 'error')
   call run%close(merge('failed   ', 'completed', error /= 0))
   if (error /= 0) stop 1

contains

   ! The number that an argument of the command line says; less than 0 where it says none.
   integer function argument(position)
      integer, intent(in) :: position
      character(16) :: found
      integer :: status
      call get_command_argument(position, found)
      read (found, *, iostat=status) argument
      if (status /= 0) argument = -1
   end function argument

end program half
