! Records the same values with simvue_journal and with a formatted write and a flush, in turns; prints the seconds of
! both for each round.
program fortran_writer
   use, intrinsic :: iso_fortran_env, only: int64, real64
   use simvue, only: simvue_journal
   implicit none
   integer, parameter :: rounds = 15, count = 5000
   character(*), parameter :: layout = '(a, i0, a, es24.16e3, a, es24.16e3, a, es24.16e3, a, i0, a, es24.16e3, a)'
   type(simvue_journal) :: run
   real(real64) :: values(3)
   integer(int64) :: begun, between, ended, rate
   integer :: round, number, unit
   character(4096) :: directory

   call get_command_argument(1, directory)
   call run%open('bench', directory=directory)
   open (newunit=unit, file=trim(directory)//'/plain.jsonl', status='new', action='write', recl=1000000)
   call system_clock(count_rate=rate)
   do round = 0, rounds
      call system_clock(begun)
      do number = 1, count
         values = [1/real(number, real64), number*0.37_real64, number*1.0e-5_real64]
         call run%log_metrics(['residual', 'energy  ', 'cfl     '], values, step=number, time=number*0.01_real64)
      end do
      call system_clock(between)
      do number = 1, count
         values = [1/real(number, real64), number*0.37_real64, number*1.0e-5_real64]
         write (unit, layout) '{"kind":"metrics","seq":', number, ',"at":"2026-03-01T09:00:00.000000Z","values":{"residual":', &
            values(1), ',"energy":', values(2), ',"cfl":', values(3), '},"step":', number, ',"time":', number*0.01_real64, &
            ',"crc":"00000000"}'
         flush (unit)
      end do
      call system_clock(ended)
      if (round > 0) print '(2es12.4)', real(between - begun, real64)/rate, real(ended - between, real64)/rate
   end do
   close (unit)
   call run%close()
end program fortran_writer
