! Records from several threads of OpenMP into two journals. Used by the tests of simvue_journal.f90.
program threads
   use simvue, only: simvue_journal
   implicit none
   type(simvue_journal) :: runs(2)
   integer :: number

   call runs(1)%open('one', run_key='one')
   call runs(2)%open('two', run_key='two')
   !$omp parallel do num_threads(4)
   do number = 1, 2000
      call runs(1 + mod(number, 2))%log_metric('number', number, step=number)
   end do
   !$omp end parallel do
   call runs(1)%close()
   call runs(2)%close()
end program threads
