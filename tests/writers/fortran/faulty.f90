! In place of libc's in a program that this is linked with, as the environment says:
!   FAULTS=<seed>     a `write` that fails now and then: short, not at all, or whole and yet with an error; standard
!                     streams are spared
!   SYNC=fails        an `fsync` that fails
!   CLOCK="<a> <b>"   a clock that begins at second a of 1970 and goes on by b seconds each time it is looked at
module faulty
   use, intrinsic :: iso_c_binding, only: c_f_pointer, c_int, c_long, c_ptr, c_size_t
   use, intrinsic :: iso_fortran_env, only: int64
   implicit none
   private
   public :: faulty_clock, faulty_sync, faulty_write

   type, bind(c) :: vector
      type(c_ptr) :: base
      integer(c_size_t) :: length
   end type vector

   type, bind(c) :: timespec
      integer(c_long) :: seconds, nanoseconds
   end type timespec

   interface
      integer(c_int) function timespec_get(time, base) bind(c)
         import :: c_int, timespec
         type(timespec), intent(out) :: time
         integer(c_int), value :: base
      end function timespec_get
      integer(c_size_t) function writev(descriptor, vectors, count) bind(c)
         import :: c_int, c_size_t, vector
         integer(c_int), value :: descriptor, count
         type(vector), intent(in) :: vectors(*)
      end function writev
      type(c_ptr) function errno_location() bind(c, name='__errno_location')
         import :: c_ptr
      end function errno_location
   end interface

   integer(int64), save :: state = -1, looks = 0

contains

   integer(c_size_t) function faulty_write(descriptor, buffer, count) bind(c, name='write')
      integer(c_int), value :: descriptor
      type(c_ptr), value :: buffer
      integer(c_size_t), value :: count
      integer(c_int), pointer :: errno
      type(vector) :: vectors(1)
      character(20) :: seed
      integer :: error, chance

      call get_environment_variable('FAULTS', seed)
      chance = 1
      if (seed /= '') then
         if (state < 0) read (seed, *, iostat=error) state
         chance = drawn(4)
      end if
      vectors(1) = vector(buffer, count)
      if (descriptor <= 2 .or. chance > 0) then
         faulty_write = writev(descriptor, vectors, 1_c_int)
         return
      end if
      select case (drawn(3))
      case (0) ! short
         vectors(1)%length = drawn(int(count))
         faulty_write = writev(descriptor, vectors, 1_c_int)
      case (1) ! nothing: no space left
         call c_f_pointer(errno_location(), errno)
         errno = 28
         faulty_write = -1
      case default ! all, and an error of the device
         faulty_write = writev(descriptor, vectors, 1_c_int)
         call c_f_pointer(errno_location(), errno)
         errno = 5
         faulty_write = -1
      end select
   end function faulty_write

   integer(c_int) function faulty_sync(descriptor) bind(c, name='fsync')
      integer(c_int), value :: descriptor
      integer(c_int), pointer :: errno
      character(20) :: wanted

      call get_environment_variable('SYNC', wanted)
      faulty_sync = 0
      if (wanted /= 'fails' .or. descriptor < 0) return
      call c_f_pointer(errno_location(), errno)
      errno = 5
      faulty_sync = -1
   end function faulty_sync

   integer(c_int) function faulty_clock(clock, time) bind(c, name='clock_gettime')
      integer(c_int), value :: clock
      type(timespec), intent(out) :: time
      character(60) :: wanted
      integer(c_long) :: begin, step
      integer :: error

      call get_environment_variable('CLOCK', wanted)
      faulty_clock = 0
      if (clock == 0 .and. wanted /= '') then
         read (wanted, *, iostat=error) begin, step
         time = timespec(begin + looks*step, 0)
         looks = looks + 1
      else
         error = timespec_get(time, 1_c_int)
      end if
   end function faulty_clock

   integer function drawn(below)
      integer, intent(in) :: below

      state = iand(state*1103515245_int64 + 12345_int64, 2147483647_int64)
      drawn = int(mod(shiftr(state, 8), int(below, int64)))
   end function drawn
end module faulty
