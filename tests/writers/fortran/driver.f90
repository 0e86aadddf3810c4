! Records what standard input says, and answers each command with its stat on standard output.
! A text is a 32-bit length and bytes; numbers are as in memory. Used by the tests of simvue_journal.f90.
program driver
   use, intrinsic :: iso_c_binding, only: c_char, c_int, c_size_t
   use, intrinsic :: iso_fortran_env, only: int32, int64, output_unit, real32, real64
   use simvue, only: simvue_journal
   implicit none
   interface
      integer(c_int) function fork() bind(c)
         import :: c_int
      end function fork
      subroutine leave(status) bind(c, name='_exit')
         import :: c_int
         integer(c_int), value :: status
      end subroutine leave
      integer(c_size_t) function put(descriptor, chars, count) bind(c, name='write')
         import :: c_char, c_int, c_size_t
         integer(c_int), value :: descriptor
         character(kind=c_char), intent(in) :: chars(*)
         integer(c_size_t), value :: count
      end function put
   end interface
   type(simvue_journal) :: journals(0:1)
   character(1) :: command
   character(400) :: errmsg
   integer :: unit, error, stat, which

   which = 0
   open (newunit=unit, file='/dev/stdin', access='stream', form='unformatted', action='read')
   do
      read (unit, iostat=error) command
      if (error /= 0) exit
      stat = -1
      errmsg = ''
      associate (run => journals(which))
         select case (command)
         case ('0', '1')
            which = ichar(command) - 48
            cycle
         case ('O')
            call open_one(run)
         case ('d')
            call run%log_metric(text(), real_64(), step=int_64(), stat=stat, errmsg=errmsg)
         case ('D')
            call run%log_metric(text(), real_64(), stat=stat, errmsg=errmsg)
         case ('f')
            call run%log_metric(text(), real_32(), step=int_32(), time=real_32(), stat=stat, errmsg=errmsg)
         case ('i')
            call run%log_metric(text(), int_32(), step=int_64(), time=int_64(), stat=stat, errmsg=errmsg)
         case ('l')
            call run%log_metric(text(), int_64(), step=int_64(), time=real_64(), stat=stat, errmsg=errmsg)
         case ('v')
            call many(run)
         case ('e')
            call run%log_event(text(), text(), stat=stat, errmsg=errmsg)
         case ('m')
            call run%set_metadata(text(), text(), stat=stat, errmsg=errmsg)
         case ('t')
            call run%add_tags([text()], stat=stat, errmsg=errmsg)
         case ('a')
            call run%log_artifact(text(), 'output', stat=stat, errmsg=errmsg)
         case ('A')
            call run%log_artifact(text(), 'output', stat=stat, errmsg=errmsg, stored=.true.)
         case ('x') ! with its blanks
            call run%log_event(text(), stat=stat, errmsg=errmsg, exact=.true.)
            call run%set_metadata('exact', text(), exact=.true.)
         case ('h')
            call run%heartbeat(stat, errmsg)
         case ('H') ! as a program that does not ask
            call run%heartbeat()
            stat = 0
         case ('r')
            call run%rotate(stat, errmsg)
         case ('s')
            call run%sync(stat, errmsg)
         case ('F')
            if (fork() == 0) then
               call run%heartbeat(stat)
               write (output_unit, '(i0)') stat
               flush (output_unit)
               call leave(0_c_int)
            end if
            cycle
         case ('P') ! prints, as a library in C does
            stat = int(put(1_c_int, 'printed', 7_c_size_t))
            stat = int(put(2_c_int, 'printed', 7_c_size_t))
         case ('c')
            call run%close(stat=stat, errmsg=errmsg)
         case default
            stop 9
         end select
      end associate
      write (output_unit, '(i0, 1x, a)') stat, trim(errmsg)
      flush (output_unit)
   end do

contains

   subroutine open_one(run)
      class(simvue_journal), intent(inout) :: run
      character(:), allocatable :: key
      integer :: rank
      integer(int64) :: bytes
      logical :: crc

      key = text()
      rank = int_32()
      bytes = int_64()
      crc = int_32() /= 0
      if (len(key) == 0) then
         call run%open('driver', folder='/fortran', rotate_bytes=bytes, crc=crc, stat=stat, errmsg=errmsg)
      else if (rank < 0) then
         call run%open('driver', folder='/fortran', run_key=key, rotate_bytes=bytes, crc=crc, stat=stat, errmsg=errmsg)
      else
         call run%open('driver', folder='/fortran', run_key=key, rank=rank, rotate_bytes=bytes, crc=crc, stat=stat, &
                       errmsg=errmsg)
      end if
   end subroutine open_one

   subroutine many(run)
      class(simvue_journal), intent(inout) :: run
      integer :: count, number
      character(300), allocatable :: names(:)
      real(real64), allocatable :: values(:)

      count = int_32()
      allocate (names(count), values(count))
      do number = 1, count
         names(number) = text()
         values(number) = real_64()
      end do
      call run%log_metrics(names, values, step=7, stat=stat, errmsg=errmsg)
   end subroutine many

   function text()
      character(:), allocatable :: text
      integer(int32) :: length

      read (unit) length
      allocate (character(length) :: text)
      if (length > 0) read (unit) text
   end function text

   integer(int32) function int_32()
      read (unit) int_32
   end function int_32

   integer(int64) function int_64()
      read (unit) int_64
   end function int_64

   real(real32) function real_32()
      read (unit) real_32
   end function real_32

   real(real64) function real_64()
      read (unit) real_64
   end function real_64
end program driver
