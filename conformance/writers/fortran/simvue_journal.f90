! Writes Simvue journals from Fortran: one file, nothing to link but the C library that every program has.
!
!   use simvue, only: simvue_journal
!   type(simvue_journal) :: run
!   call run%open(name='heat 2d')
!   call run%log_metric('residual', residual, step=n)
!   call run%close()
!
! Each call makes one record and hands it to the kernel in one write. No call ever stops the program: an error is in
! the optional arguments stat and errmsg or, without stat, is said once on standard error. Delivery to a server is
! left to simvue_sender. The journal's format is the specification in spec/v1 of the project.
!
! Fortran 2008, for Linux on x86_64 and aarch64: the constants and the two variadic calls (open, fcntl) below are of
! these. Numbers are written by integer arithmetic only, so that no option of the compiler changes a digit.
!
! SPDX-License-Identifier: Apache-2.0
module simvue
   use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_f_pointer, c_int, c_int64_t, c_long, c_null_char, &
      c_ptr, c_size_t
   use, intrinsic :: iso_fortran_env, only: error_unit, int32, int64, real32, real64
   implicit none
   private

   public :: simvue_journal
   public :: simvue_ok, simvue_invalid, simvue_closed, simvue_deferred, simvue_lost, simvue_io, simvue_foreign

   integer, parameter :: simvue_ok = 0        ! recorded
   integer, parameter :: simvue_invalid = 1   ! an argument is not acceptable; nothing was recorded
   integer, parameter :: simvue_closed = 2    ! the journal is not open; nothing was recorded
   integer, parameter :: simvue_deferred = 3  ! could not be written yet; is kept in memory and tried again
   integer, parameter :: simvue_lost = 4      ! could not be written; the memory is full, or the journal was closed
   integer, parameter :: simvue_io = 5        ! a file could not be opened, read or synced
   integer, parameter :: simvue_foreign = 6   ! called in a forked child; nothing was recorded

   character(*), parameter :: version = '0.1.0'
   character(*), parameter :: lf = achar(10)
   character(*), parameter :: key_characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-'
   integer, parameter :: longest_line = 1048576, longest_body = longest_line - 256, longest_metrics = 1000000
   integer, parameter :: token_length = 26, message_length = 256, longest_variable = 4096
   integer(int64), parameter :: largest_integer = 9007199254740991_int64
   integer(int64), parameter :: default_rotation = 67108864_int64, kept_limit = 16777216_int64
   integer(int64), parameter :: sync_interval = 15000000_int64

   ! Linux: the same on x86_64 and aarch64.
   integer(c_int), parameter :: o_rdonly = 0, o_wronly = 1, o_creat = 64, o_excl = 128, o_append = 1024, &
      o_nonblock = 2048, o_cloexec = 524288
   integer(c_int), parameter :: clock_realtime = 0, rlimit_fsize = 1, f_dupfd_cloexec = 1030
   integer(c_int), parameter :: eio = 5, eexist = 17, efbig = 27, enospc = 28

   ! Text that grows at its end.
   type :: text
      character(:), allocatable :: chars
      integer :: length = 0
   end type text

   ! What a record of a series has beside its values.
   type :: place
      logical :: has_step = .false., has_time = .false.
      integer(int64) :: step = 0
      character(token_length) :: time = ''
   end type place

   ! A record that waits in memory, without the number that it gets when it is first written.
   type :: waiting
      character(16) :: kind = ''
      character(27) :: at = ''
      character(:), allocatable :: body
      logical :: rotates = .false.
   end type waiting

   type, bind(c) :: timespec
      integer(c_long) :: seconds, nanoseconds
   end type timespec

   type, bind(c) :: resource_limit
      integer(c_int64_t) :: soft, hard
   end type resource_limit

   ! A journal that this process writes. Do not copy it: both copies would write to one file.
   type :: simvue_journal
      private
      logical :: is_open = .false., has_crc = .true.
      logical :: has_warned(simvue_foreign) = .false. ! by code
      logical :: is_guard_due = .false.      ! the last write failed: a line feed comes before anything else
      logical :: is_line_due = .false.       ! `line` was tried and has to be repeated as it is
      logical :: line_rotates = .false.      ! `line` is the end record of a rotation
      logical :: is_rotated = .false.        ! an end record of a rotation is written, or waits
      logical :: has_earlier = .false.
      integer(c_int) :: descriptor = -1, owner = 0, error = 0
      integer :: rank = -1, first = 1, last = 0
      integer(int64) :: sequence = 0, bytes = 0, started = 0, stamp = 0, second = -1, synced = 0
      integer(int64) :: metrics = 0, tensors = 0, rotate_bytes = default_rotation, kept_bytes = 0, dropped = 0
      integer(int64) :: earlier_bytes = 0, earlier_sequence = 0
      character(19) :: clock = ''
      character(36) :: identity = '', earlier = ''
      character(:), allocatable :: cache, key
      type(text) :: line
      type(waiting), allocatable :: kept(:)
   contains
      procedure :: open => open_journal
      procedure :: close => close_journal
      procedure :: describe
      generic :: log_metric => log_metric_real32, log_metric_real64, log_metric_int32, log_metric_int64
      generic :: log_metrics => log_metrics_real32, log_metrics_real64, log_metrics_int32, log_metrics_int64
      procedure :: log_event
      generic :: set_metadata => set_metadata_text, set_metadata_logical, set_metadata_real32, set_metadata_real64, &
         set_metadata_int32, set_metadata_int64
      procedure :: add_tags
      procedure :: set_tags
      procedure :: describe_folder
      procedure :: alert_threshold
      procedure :: alert_range
      procedure :: alert_event
      procedure :: alert_user
      procedure :: attach_alert
      procedure :: alert_state
      procedure :: log_artifact
      procedure :: heartbeat
      procedure :: set_status
      procedure :: define_grid
      procedure :: use_grid
      generic :: log_tensor => log_tensor_1d, log_tensor_2d
      procedure :: rotate
      procedure :: sync
      procedure :: run_key
      procedure :: path
      procedure, private :: log_metric_real32, log_metric_real64, log_metric_int32, log_metric_int64
      procedure, private :: log_metrics_real32, log_metrics_real64, log_metrics_int32, log_metrics_int64
      procedure, private :: set_metadata_text, set_metadata_logical, set_metadata_real32, set_metadata_real64, &
         set_metadata_int32, set_metadata_int64
      procedure, private :: log_tensor_1d, log_tensor_2d
   end type simvue_journal

   interface json_number
      module procedure number_real64, number_real32, number_int64, number_int32
   end interface json_number

   interface
      integer(c_int) function c_open(path, flags, mode) bind(c, name='open')
         import :: c_char, c_int
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int), value :: flags, mode
      end function c_open
      integer(c_int) function c_fcntl(descriptor, command, argument) bind(c, name='fcntl')
         import :: c_int
         integer(c_int), value :: descriptor, command, argument
      end function c_fcntl
      integer(c_int) function c_close(descriptor) bind(c, name='close')
         import :: c_int
         integer(c_int), value :: descriptor
      end function c_close
      integer(c_int) function c_fsync(descriptor) bind(c, name='fsync')
         import :: c_int
         integer(c_int), value :: descriptor
      end function c_fsync
      integer(c_size_t) function c_write(descriptor, buffer, count) bind(c, name='write')
         import :: c_char, c_int, c_size_t
         integer(c_int), value :: descriptor
         character(kind=c_char), intent(in) :: buffer(*)
         integer(c_size_t), value :: count
      end function c_write
      integer(c_size_t) function c_read(descriptor, buffer, count) bind(c, name='read')
         import :: c_char, c_int, c_size_t
         integer(c_int), value :: descriptor
         character(kind=c_char), intent(inout) :: buffer(*)
         integer(c_size_t), value :: count
      end function c_read
      integer(c_int) function c_mkdir(path, mode) bind(c, name='mkdir')
         import :: c_char, c_int
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int), value :: mode
      end function c_mkdir
      integer(c_int) function c_rename(from, to) bind(c, name='rename')
         import :: c_char, c_int
         character(kind=c_char), intent(in) :: from(*), to(*)
      end function c_rename
      integer(c_int) function c_unlink(path) bind(c, name='unlink')
         import :: c_char, c_int
         character(kind=c_char), intent(in) :: path(*)
      end function c_unlink
      integer(c_int) function c_getpid() bind(c, name='getpid')
         import :: c_int
      end function c_getpid
      integer(c_int) function c_gethostname(name, length) bind(c, name='gethostname')
         import :: c_char, c_int, c_size_t
         character(kind=c_char), intent(inout) :: name(*)
         integer(c_size_t), value :: length
      end function c_gethostname
      type(c_ptr) function c_getcwd(buffer, size) bind(c, name='getcwd')
         import :: c_char, c_ptr, c_size_t
         character(kind=c_char), intent(inout) :: buffer(*)
         integer(c_size_t), value :: size
      end function c_getcwd
      type(c_ptr) function c_realpath(path, resolved) bind(c, name='realpath')
         import :: c_char, c_ptr
         character(kind=c_char), intent(in) :: path(*)
         character(kind=c_char), intent(inout) :: resolved(*)
      end function c_realpath
      integer(c_int) function c_clock_gettime(clock, time) bind(c, name='clock_gettime')
         import :: c_int, timespec
         integer(c_int), value :: clock
         type(timespec), intent(out) :: time
      end function c_clock_gettime
      integer(c_int) function c_getrlimit(resource, limit) bind(c, name='getrlimit')
         import :: c_int, resource_limit
         integer(c_int), value :: resource
         type(resource_limit), intent(out) :: limit
      end function c_getrlimit
      type(c_ptr) function c_errno() bind(c, name='__errno_location')
         import :: c_ptr
      end function c_errno
      type(c_ptr) function c_strerror(error) bind(c, name='strerror')
         import :: c_int, c_ptr
         integer(c_int), value :: error
      end function c_strerror
      integer(c_size_t) function c_strlen(string) bind(c, name='strlen')
         import :: c_ptr, c_size_t
         type(c_ptr), value :: string
      end function c_strlen
      integer(c_int) function c_mutex_lock(mutex) bind(c, name='pthread_mutex_lock')
         import :: c_int, c_int64_t
         integer(c_int64_t), intent(inout) :: mutex(*)
      end function c_mutex_lock
      integer(c_int) function c_mutex_unlock(mutex) bind(c, name='pthread_mutex_unlock')
         import :: c_int, c_int64_t
         integer(c_int64_t), intent(inout) :: mutex(*)
      end function c_mutex_unlock
   end interface

   ! All zeros is PTHREAD_MUTEX_INITIALIZER; the largest pthread_mutex_t of Linux has 48 bytes.
   integer(c_int64_t), save :: mutex(8) = 0_c_int64_t
   integer, save :: jobs_given = 0

   ! 10**k for k = -300, -292 and so on to 324 as f * 2**e, f rounded to 62 bits.
   integer(int64), parameter :: powers(79) = [ &
      3088413288990945715_int64, 4602094425247528724_int64, 3428827542996055427_int64, 2554675596204441359_int64, &
      3806763285703124641_int64, 2836259667354169965_int64, 4226356249085321971_int64, 3148880786512286939_int64, &
      2346099009001468822_int64, 3495959950985713038_int64, 2604693137843693076_int64, 3881295230751772338_int64, &
      2891790293717214717_int64, 4309103330548427577_int64, 3210532166472395939_int64, 2392032866531905487_int64, &
      3564406732517340015_int64, 2655689964083835493_int64, 3957286423569672545_int64, 2948408144391829181_int64, &
      4393470502483590218_int64, 3273390607896141870_int64, 2438866054934368931_int64, 3634193621478034453_int64, &
      2707685248164858261_int64, 4034765434510794671_int64, 3006134505950506532_int64, 4479489484355608421_int64, &
      3337479743626422004_int64, 2486616182048933211_int64, 3705346855594118254_int64, 2760698538716225515_int64, &
      4113761393303015105_int64, 3064991081731777717_int64, 4567192616659071619_int64, 3402823669209384635_int64, &
      2535301200456458803_int64, 3777893186295716171_int64, 2814749767106560000_int64, 4194304000000000000_int64, &
      3125000000000000000_int64, 2328306436538696289_int64, 3469446951953614189_int64, 2584939414228211484_int64, &
      3851859888774471706_int64, 2869859254937225361_int64, 4276423536147513034_int64, 3186183822264904554_int64, &
      2373891936439949687_int64, 3537374640166684519_int64, 2635549485807630806_int64, 3927274772238181242_int64, &
      2926047721682623954_int64, 4360150876168346337_int64, 3248565551764031006_int64, 2420369946780823921_int64, &
      3606632272572553039_int64, 2687150443026835501_int64, 4004166190366201849_int64, 2983336292480082697_int64, &
      4445517498970154967_int64, 3312168642111238068_int64, 2467757941865353337_int64, 3677245887913336361_int64, &
      2739761686260503800_int64, 4082563051969563663_int64, 3041746506072255718_int64, 4532555499780559119_int64, &
      3377017006114541828_int64, 2516073738123880199_int64, 3749242034739077387_int64, 2793402995719818314_int64, &
      4162494831859794727_int64, 3101300322905029898_int64, 2310648801106981857_int64, 3443135024766596939_int64, &
      2565335500811485156_int64, 3822647781389184528_int64, 2848094538889217770_int64]

   integer(int64), parameter :: word = 4294967295_int64
   integer(int64), parameter :: sha256_constants(0:63) = [ &
      1116352408_int64, 1899447441_int64, 3049323471_int64, 3921009573_int64, 961987163_int64, 1508970993_int64, &
      2453635748_int64, 2870763221_int64, 3624381080_int64, 310598401_int64, 607225278_int64, 1426881987_int64, &
      1925078388_int64, 2162078206_int64, 2614888103_int64, 3248222580_int64, 3835390401_int64, 4022224774_int64, &
      264347078_int64, 604807628_int64, 770255983_int64, 1249150122_int64, 1555081692_int64, 1996064986_int64, &
      2554220882_int64, 2821834349_int64, 2952996808_int64, 3210313671_int64, 3336571891_int64, 3584528711_int64, &
      113926993_int64, 338241895_int64, 666307205_int64, 773529912_int64, 1294757372_int64, 1396182291_int64, &
      1695183700_int64, 1986661051_int64, 2177026350_int64, 2456956037_int64, 2730485921_int64, 2820302411_int64, &
      3259730800_int64, 3345764771_int64, 3516065817_int64, 3600352804_int64, 4094571909_int64, 275423344_int64, &
      430227734_int64, 506948616_int64, 659060556_int64, 883997877_int64, 958139571_int64, 1322822218_int64, &
      1537002063_int64, 1747873779_int64, 1955562222_int64, 2024104815_int64, 2227730452_int64, 2361852424_int64, &
      2428436474_int64, 2756734187_int64, 3204031479_int64, 3329325298_int64]

   integer(int32), save :: crc_tables(0:255, 0:3) = 0
   logical, save :: has_crc_tables = .false.

contains

   ! ---- The journal as a whole ----

   ! Opens a new journal. Ranks above 0 join the run of the key and describe nothing: that is for rank 0.
   subroutine open_journal(self, name, folder, description, tags, run_key, rank, directory, crc, rotate_bytes, &
                           notification, timeout, retention, visibility, server_id, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in), optional :: name, folder, description, tags(:)
      character(*), intent(in), optional :: run_key        ! 'job': from the variables of the scheduler
      integer, intent(in), optional :: rank                ! of this process, from 0
      character(*), intent(in), optional :: directory      ! the cache
      logical, intent(in), optional :: crc                 ! a checksum in each record; .true. without it
      integer(int64), intent(in), optional :: rotate_bytes ! a new file after so many; 64 MiB without it
      character(*), intent(in), optional :: notification, visibility, server_id
      integer, intent(in), optional :: timeout, retention  ! in seconds
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message
      integer :: code
      integer(c_int) :: ignored

      if (self%is_open) then
         call report(self, simvue_invalid, 'this journal is open already', stat, errmsg)
         return
      end if
      call begin(body)
      call put_run(body, message, name, folder, description, tags, notification=notification, timeout=timeout, &
                   retention=retention, visibility=visibility, server_id=server_id)
      code = simvue_invalid
      if (len_trim(message) == 0) call choose_run(self, message, run_key, rank)
      if (len_trim(message) == 0) then
         code = simvue_io
         call choose_cache(self, message, directory)
      end if
      if (len_trim(message) > 0) then
         call report(self, code, trim(message), stat, errmsg)
         self%has_warned(simvue_closed) = self%has_warned(code)
         return
      end if
      self%has_crc = .true.
      if (present(crc)) self%has_crc = crc
      self%rotate_bytes = default_rotation
      if (present(rotate_bytes)) self%rotate_bytes = max(rotate_bytes, 4096_int64)
      self%is_guard_due = .false.
      self%is_line_due = .false.
      self%has_earlier = .false.
      self%is_rotated = .false.
      self%descriptor = -1
      self%first = 1
      self%last = 0
      self%kept_bytes = 0
      self%dropped = 0
      self%metrics = 0
      self%tensors = 0
      self%has_warned = .false.
      self%owner = c_getpid()
      self%line%length = 0

      ignored = c_mutex_lock(mutex)
      self%started = 0
      call start_file(self)
      self%is_open = self%descriptor >= 0
      message = 'no journal in '//self%cache//': '//error_text(self%error)
      ignored = c_mutex_unlock(mutex)

      if (.not. self%is_open) then
         call report(self, simvue_io, trim(message), stat, errmsg)
         self%has_warned(simvue_closed) = self%has_warned(simvue_io)
      else if (self%rank > 0) then
         call report(self, simvue_ok, '', stat, errmsg)
      else
         call append(self, 'run', body, stat, errmsg)
      end if
   end subroutine open_journal

   ! Ends the journal, and with it the run unless this is a rank above 0, and syncs it.
   subroutine close_journal(self, status, reason, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in), optional :: status ! completed (without it), failed or terminated
      character(*), intent(in), optional :: reason
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message
      character(16) :: final
      integer :: code, lost
      integer(c_int) :: ignored

      final = 'completed'
      if (present(status)) final = status
      if (.not. is_usable(self, stat, errmsg)) return
      if (.not. is_one_of(final, 'completed|failed|terminated')) then
         call report(self, simvue_invalid, 'status is completed, failed or terminated', stat, errmsg)
         return
      end if
      call begin(body)
      if (self%rank <= 0) call put(body, ',"status":"'//trim(final)//'"')
      if (present(reason)) then
         if (trim(reason) == 'rotate') then
            call report(self, simvue_invalid, 'the reason rotate is for rotations', stat, errmsg)
            return
         end if
         call put(body, ',"reason":')
         call put_text(body, reason)
      end if
      if (body%length > longest_body) then
         call report(self, simvue_invalid, 'the record would be longer than 1 MiB', stat, errmsg)
         return
      end if

      ignored = c_mutex_lock(mutex)
      ! The end of a journal that bears no run record, as one after a rotation, says nothing of the run.
      if (self%is_rotated .and. self%rank <= 0) call record(self, 'status', next_stamp(self), body, .false.)
      call record(self, 'end', next_stamp(self), body, .false.)
      code = simvue_ok
      message = ''
      if (.not. is_idle(self)) then
         lost = self%last - self%first + 1 + int(self%dropped)
         if (self%is_line_due) lost = lost + 1
         code = simvue_lost
         message = trim(json_number(int(lost, int64)))//' records could not be written to '//path_of(self)//': '// &
                   error_text(self%error)
      end if
      if (self%descriptor >= 0) then
         self%error = 0
         call sync_file(self)
         if (c_close(self%descriptor) /= 0) self%error = last_error()
         if (code == simvue_ok .and. self%error /= 0) then
            code = simvue_io
            message = 'cannot sync '//path_of(self)//': '//error_text(self%error)
         end if
      end if
      self%descriptor = -1
      self%is_open = .false.
      if (allocated(self%kept)) deallocate (self%kept)
      ignored = c_mutex_unlock(mutex)
      call report(self, code, trim(message), stat, errmsg)
   end subroutine close_journal

   ! Ends this file and goes on in a new one; a long run does so by itself.
   subroutine rotate(self, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      integer :: code
      integer(c_int) :: ignored

      if (.not. is_usable(self, stat, errmsg)) return
      call begin(body)
      call put(body, ',"reason":"rotate"')
      ignored = c_mutex_lock(mutex)
      self%is_rotated = .true.
      call record(self, 'end', next_stamp(self), body, .true.)
      code = state_of(self)
      ignored = c_mutex_unlock(mutex)
      call report_state(self, code, stat, errmsg)
   end subroutine rotate

   ! Waits until the journal is on the device. Happens every 15 seconds, with a record, and at the end.
   subroutine sync(self, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      integer :: code
      integer(c_int) :: ignored

      if (.not. is_usable(self, stat, errmsg)) return
      ignored = c_mutex_lock(mutex)
      call drain(self)
      if (self%descriptor >= 0) call sync_file(self)
      code = state_of(self)
      ignored = c_mutex_unlock(mutex)
      call report_state(self, code, stat, errmsg)
   end subroutine sync

   ! The name that joins the journals of a run; 64 characters at most. Empty before open.
   function run_key(self) result(key)
      class(simvue_journal), intent(in) :: self
      character(:), allocatable :: key

      key = ''
      if (allocated(self%key)) key = self%key
   end function run_key

   ! The file that is written now. Empty before open.
   function path(self)
      class(simvue_journal), intent(in) :: self
      character(:), allocatable :: path

      path = ''
      if (self%is_open) path = path_of(self)
   end function path

   ! ---- Records of the run ----

   ! Changes what was said of the run when it was opened.
   subroutine describe(self, name, folder, description, tags, status, notification, timeout, retention, visibility, &
                       stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in), optional :: name, folder, description, tags(:), status, notification, visibility
      integer, intent(in), optional :: timeout, retention
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      call begin(body)
      call put_run(body, message, name, folder, description, tags, status, notification, timeout, retention, visibility)
      call append_valid(self, 'run', body, message, stat, errmsg)
   end subroutine describe

   subroutine log_event(self, message, level, stat, errmsg, exact)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: message
      character(*), intent(in), optional :: level ! debug, info (without it), warning, error or critical
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      logical, intent(in), optional :: exact      ! .true.: trailing blanks belong to the message
      type(text) :: body
      character(message_length) :: problem

      problem = ''
      call begin(body)
      call put(body, ',"message":')
      call put_text(body, message, exact=exact)
      if (present(level)) call put_choice(body, 'log_level', level, 'debug|info|warning|error|critical', problem)
      call append_valid(self, 'event', body, problem, stat, errmsg)
   end subroutine log_event

   subroutine set_metadata_text(self, name, value, stat, errmsg, exact)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, value
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      logical, intent(in), optional :: exact ! .true.: trailing blanks belong to the value
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put(body, ',"values":{')
      call put_key(body, name, message)
      call put_text(body, value, exact=exact)
      call put(body, '}')
      call append_valid(self, 'metadata', body, message, stat, errmsg)
   end subroutine set_metadata_text

   subroutine set_metadata_logical(self, name, value, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      logical, intent(in) :: value
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call set_token(self, name, merge('true ', 'false', value), stat, errmsg)
   end subroutine set_metadata_logical

   subroutine set_metadata_real32(self, name, value, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      real(real32), intent(in) :: value
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call set_token(self, name, json_number(value), stat, errmsg)
   end subroutine set_metadata_real32

   subroutine set_metadata_real64(self, name, value, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      real(real64), intent(in) :: value
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call set_token(self, name, json_number(value), stat, errmsg)
   end subroutine set_metadata_real64

   subroutine set_metadata_int32(self, name, value, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      integer(int32), intent(in) :: value
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call set_token(self, name, json_number(value), stat, errmsg)
   end subroutine set_metadata_int32

   subroutine set_metadata_int64(self, name, value, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      integer(int64), intent(in) :: value
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call set_token(self, name, json_number(value), stat, errmsg)
   end subroutine set_metadata_int64

   subroutine set_token(self, name, token, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, token
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put(body, ',"values":{')
      call put_key(body, name, message)
      call put(body, trim(token)//'}')
      call append_valid(self, 'metadata', body, message, stat, errmsg)
   end subroutine set_token

   subroutine add_tags(self, tags, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: tags(:)
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_list(body, 'add', tags, message)
      call append_valid(self, 'tags', body, message, stat, errmsg)
   end subroutine add_tags

   subroutine set_tags(self, tags, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: tags(:)
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_list(body, 'set', tags, message)
      call append_valid(self, 'tags', body, message, stat, errmsg)
   end subroutine set_tags

   subroutine describe_folder(self, path, description, tags, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: path
      character(*), intent(in), optional :: description, tags(:)
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      if (.not. is_rooted(path)) message = 'a folder begins with /'
      call put(body, ',"path":')
      call put_text(body, path)
      if (present(description)) then
         call put(body, ',"description":')
         call put_text(body, description)
      end if
      if (present(tags)) call put_list(body, 'tags', tags, message)
      call append_valid(self, 'folder', body, message, stat, errmsg)
   end subroutine describe_folder

   subroutine heartbeat(self, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body

      call begin(body)
      call append(self, 'heartbeat', body, stat, errmsg)
   end subroutine heartbeat

   subroutine set_status(self, status, reason, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: status ! created, running, completed, failed or terminated
      character(*), intent(in), optional :: reason
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_choice(body, 'status', status, 'created|running|completed|failed|terminated', message)
      if (present(reason)) then
         call put(body, ',"reason":')
         call put_text(body, reason)
      end if
      call append_valid(self, 'status', body, message, stat, errmsg)
   end subroutine set_status

   ! ---- Metrics ----

   subroutine log_metric_real32(self, name, value, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      real(real32), intent(in) :: value
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_token(self, name, json_number(value), step, time, stat, errmsg)
   end subroutine log_metric_real32

   subroutine log_metric_real64(self, name, value, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      real(real64), intent(in) :: value
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_token(self, name, json_number(value), step, time, stat, errmsg)
   end subroutine log_metric_real64

   subroutine log_metric_int32(self, name, value, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      integer(int32), intent(in) :: value
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_token(self, name, json_number(value), step, time, stat, errmsg)
   end subroutine log_metric_int32

   subroutine log_metric_int64(self, name, value, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      integer(int64), intent(in) :: value
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_token(self, name, json_number(value), step, time, stat, errmsg)
   end subroutine log_metric_int64

   subroutine log_metrics_real32(self, names, values, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: names(:)
      real(real32), intent(in) :: values(:)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_tokens(self, names, json_number(values), step, time, stat, errmsg)
   end subroutine log_metrics_real32

   subroutine log_metrics_real64(self, names, values, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: names(:)
      real(real64), intent(in) :: values(:)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_tokens(self, names, json_number(values), step, time, stat, errmsg)
   end subroutine log_metrics_real64

   subroutine log_metrics_int32(self, names, values, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: names(:)
      integer(int32), intent(in) :: values(:)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_tokens(self, names, json_number(values), step, time, stat, errmsg)
   end subroutine log_metrics_int32

   subroutine log_metrics_int64(self, names, values, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: names(:)
      integer(int64), intent(in) :: values(:)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      call log_tokens(self, names, json_number(values), step, time, stat, errmsg)
   end subroutine log_metrics_int64

   subroutine log_token(self, name, token, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      character(token_length), intent(in) :: token
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      type(place) :: where
      character(message_length) :: message

      message = ''
      call begin(body)
      call put(body, ',"values":{')
      call put_key(body, name, message)
      call put(body, token(1:len_trim(token)))
      call put(body, '}')
      call find_place(where, message, step, time)
      call append_valid(self, 'metrics', body, message, stat, errmsg, where)
   end subroutine log_token

   ! Records values of one step together; in several records where one would be too long.
   subroutine log_tokens(self, names, tokens, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: names(:)
      character(token_length), intent(in) :: tokens(:)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: keys, body
      type(place) :: where
      character(message_length) :: message
      integer, allocatable :: ends(:)
      integer :: number

      message = ''
      if (size(names) /= size(tokens)) message = 'there are not as many values as names'
      if (size(names) == 0) message = 'there is no value'
      call begin(keys)
      allocate (ends(0:size(names)))
      ends(0) = 0
      do number = 1, size(names)
         call put_key(keys, names(number), message)
         ends(number) = keys%length
      end do
      if (has_twice(keys%chars(1:keys%length), ends)) message = 'two of the names are the same'
      call find_place(where, message, step, time)
      call begin(body)
      if (len_trim(message) > 0) then
         call append_valid(self, 'metrics', body, message, stat, errmsg)
         return
      end if
      call put(body, ',"values":{')
      do number = 1, size(names)
         call put(body, keys%chars(ends(number - 1) + 1:ends(number)))
         call put(body, trim(tokens(number)))
         if (number < size(names) .and. body%length < longest_metrics) then
            call put(body, ',')
            cycle
         end if
         call put(body, '}')
         if (number < size(names) .and. .not. where%has_step) then ! all parts belong to one step
            where%has_step = .true.
            where%step = self%metrics
         end if
         call append(self, 'metrics', body, stat, errmsg, where)
         call begin(body)
         call put(body, ',"values":{')
      end do
   end subroutine log_tokens

   ! Whether two keys of a list, each from the end of the one before, are equal.
   pure logical function has_twice(keys, ends)
      character(*), intent(in) :: keys
      integer, intent(in) :: ends(0:)
      integer, allocatable :: table(:)
      integer(int64) :: hash
      integer :: number, slot, other, byte

      has_twice = .true.
      allocate (table(0:2*size(ends) + 1))
      table = 0
      do number = 1, size(ends) - 1
         hash = 5381
         do byte = ends(number - 1) + 1, ends(number)
            hash = iand(hash*33 + ichar(keys(byte:byte)), 4294967295_int64)
         end do
         slot = int(mod(hash, int(size(table), int64)))
         do while (table(slot) /= 0)
            other = table(slot)
            if (ends(other) - ends(other - 1) == ends(number) - ends(number - 1)) then
               if (keys(ends(other - 1) + 1:ends(other)) == keys(ends(number - 1) + 1:ends(number))) return
            end if
            slot = mod(slot + 1, size(table))
         end do
         table(slot) = number
      end do
      has_twice = .false.
   end function has_twice

   subroutine find_place(where, message, step, time)
      type(place), intent(out) :: where
      character(*), intent(inout) :: message
      class(*), intent(in), optional :: step, time

      if (present(step)) then
         where%has_step = .true.
         select type (step)
         type is (integer(int32))
            where%step = step
         type is (integer(int64))
            where%step = step
         class default
            message = 'step is an integer'
         end select
         if (where%step < 0 .or. where%step > largest_integer) message = 'step is 0 or more and below 2**53'
      end if
      if (present(time)) then
         where%has_time = .true.
         select type (time)
         type is (real(real32))
            where%time = json_number(time)
         type is (real(real64))
            where%time = json_number(time)
         type is (integer(int32))
            where%time = json_number(time)
         type is (integer(int64))
            where%time = json_number(time)
         class default
            message = 'time is a real or an integer'
         end select
         if (where%time(1:1) == '"') message = 'time is not finite'
      end if
   end subroutine find_place

   ! ---- Grids and tensors ----

   ! Defines a grid with the ticks of one axis or two, and puts metrics on it.
   subroutine define_grid(self, name, labels, x, y, metrics, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, labels(:)
      real(real64), intent(in) :: x(:)
      real(real64), intent(in), optional :: y(:)
      character(*), intent(in), optional :: metrics(:)
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message
      integer :: axes

      message = ''
      axes = 1
      if (present(y)) axes = 2
      if (size(labels) /= axes) message = 'a grid has one label for each axis'
      call begin(body)
      call put_limited(body, 'name', name, 250, message)
      call put_list(body, 'labels', labels, message, may_be_empty=.true.)
      call put(body, ',"ticks":[')
      call put_ticks(body, x, message)
      if (present(y)) then
         call put(body, ',')
         call put_ticks(body, y, message)
      end if
      call put(body, ']')
      if (present(metrics)) call put_list(body, 'metrics', metrics, message, in_bytes=.true.)
      call append_valid(self, 'grid', body, message, stat, errmsg)
   end subroutine define_grid

   ! Puts metrics on a grid that the run has.
   subroutine use_grid(self, name, metrics, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, metrics(:)
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_limited(body, 'name', name, 250, message)
      call put_list(body, 'metrics', metrics, message, in_bytes=.true.)
      call append_valid(self, 'grid', body, message, stat, errmsg)
   end subroutine use_grid

   subroutine put_ticks(body, ticks, message)
      type(text), intent(inout) :: body
      real(real64), intent(in) :: ticks(:)
      character(*), intent(inout) :: message
      character(token_length) :: token
      integer :: number

      if (size(ticks) == 0) message = 'an axis has a tick or more'
      call put(body, '[')
      do number = 1, size(ticks)
         token = json_number(ticks(number))
         if (token(1:1) == '"') message = 'a tick is not finite'
         if (number > 1) call put(body, ',')
         call put(body, trim(token))
      end do
      do number = 2, size(ticks)
         if (.not. is_below(ticks(number - 1), ticks(number))) message = 'the ticks of an axis ascend'
      end do
      call put(body, ']')
   end subroutine put_ticks

   ! Records a value for each point of a grid of one axis.
   subroutine log_tensor_1d(self, name, values, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      real(real64), intent(in) :: values(:)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      type(place) :: where
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_metric_of(body, name, message)
      call put_row(body, values, message)
      call find_place(where, message, step, time)
      call append_valid(self, 'tensor', body, message, stat, errmsg, where)
   end subroutine log_tensor_1d

   ! Records a value for each point of a grid of two axes; the first index is that of the first axis.
   subroutine log_tensor_2d(self, name, values, step, time, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      real(real64), intent(in) :: values(:, :)
      class(*), intent(in), optional :: step, time
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      type(place) :: where
      character(message_length) :: message
      integer :: row

      message = ''
      if (size(values) == 0) message = 'a tensor has an element or more'
      if (size(values) > 50000) message = 'a tensor has 50,000 elements at most'
      call begin(body)
      call put_metric_of(body, name, message)
      call put(body, '[')
      do row = 1, size(values, 1)
         if (len_trim(message) > 0) exit
         if (row > 1) call put(body, ',')
         call put_row(body, values(row, :), message)
      end do
      call put(body, ']')
      call find_place(where, message, step, time)
      call append_valid(self, 'tensor', body, message, stat, errmsg, where)
   end subroutine log_tensor_2d

   subroutine put_metric_of(body, name, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: name
      character(*), intent(inout) :: message

      call put(body, ',"metric":')
      call put_name(body, name, message)
      call put(body, ',"array":')
   end subroutine put_metric_of

   subroutine put_row(body, values, message)
      type(text), intent(inout) :: body
      real(real64), intent(in) :: values(:)
      character(*), intent(inout) :: message
      integer :: number

      if (size(values) == 0) message = 'a tensor has an element or more'
      if (size(values) > 50000) message = 'a tensor has 50,000 elements at most'
      if (len_trim(message) > 0) return
      call put(body, '[')
      do number = 1, size(values)
         if (number > 1) call put(body, ',')
         call put(body, trim(json_number(values(number))))
      end do
      call put(body, ']')
   end subroutine put_row

   ! ---- Alerts ----

   ! Defines an alert on a metric that is above or below a threshold.
   subroutine alert_threshold(self, name, metric, rule, threshold, window, frequency, aggregation, notification, &
                              description, abort, enabled, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, metric
      character(*), intent(in) :: rule ! is above, is below
      real(real64), intent(in) :: threshold
      integer, intent(in), optional :: window, frequency            ! in minutes, 1 without it
      character(*), intent(in), optional :: aggregation             ! average, sum, at least one, all
      character(*), intent(in), optional :: notification            ! none, email
      character(*), intent(in), optional :: description
      logical, intent(in), optional :: abort, enabled
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_alert(body, message, name, 'metrics', frequency, notification, description, abort, enabled)
      call put_watched(body, message, metric, window, aggregation)
      call put_choice(body, 'rule', rule, 'is above|is below', message)
      call put_finite(body, 'threshold', threshold, message)
      call append_valid(self, 'alert', body, message, stat, errmsg)
   end subroutine alert_threshold

   ! Defines an alert on a metric that is inside or outside a range.
   subroutine alert_range(self, name, metric, rule, low, high, window, frequency, aggregation, notification, &
                          description, abort, enabled, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, metric
      character(*), intent(in) :: rule ! is inside range, is outside range
      real(real64), intent(in) :: low, high
      integer, intent(in), optional :: window, frequency
      character(*), intent(in), optional :: aggregation, notification, description
      logical, intent(in), optional :: abort, enabled
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      if (.not. is_below(low, high)) message = 'low is below high'
      call begin(body)
      call put_alert(body, message, name, 'metrics', frequency, notification, description, abort, enabled)
      call put_watched(body, message, metric, window, aggregation)
      call put_choice(body, 'rule', rule, 'is inside range|is outside range', message)
      call put_finite(body, 'range_low', low, message)
      call put_finite(body, 'range_high', high, message)
      call append_valid(self, 'alert', body, message, stat, errmsg)
   end subroutine alert_range

   ! Defines an alert on events that hold a pattern.
   subroutine alert_event(self, name, pattern, frequency, notification, description, abort, enabled, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name, pattern
      integer, intent(in), optional :: frequency
      character(*), intent(in), optional :: notification, description
      logical, intent(in), optional :: abort, enabled
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_alert(body, message, name, 'events', frequency, notification, description, abort, enabled)
      call put(body, ',"pattern":')
      call put_text(body, pattern)
      call append_valid(self, 'alert', body, message, stat, errmsg)
   end subroutine alert_event

   ! Defines an alert whose state the program sets.
   subroutine alert_user(self, name, notification, description, abort, enabled, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: name
      character(*), intent(in), optional :: notification, description
      logical, intent(in), optional :: abort, enabled
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_alert(body, message, name, 'user', notification=notification, description=description, abort=abort, &
                     enabled=enabled)
      call append_valid(self, 'alert', body, message, stat, errmsg)
   end subroutine alert_user

   ! Attaches an alert that the server has, by its identifier.
   subroutine attach_alert(self, id, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: id
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      call begin(body)
      call put_limited(body, 'id', id, 250, message)
      call append_valid(self, 'alert', body, message, stat, errmsg)
   end subroutine attach_alert

   ! Sets the state of a user alert: of this run by its name, of the server by its identifier.
   subroutine alert_state(self, name, state, id, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in), optional :: name
      character(*), intent(in) :: state ! ok, critical
      character(*), intent(in), optional :: id
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(text) :: body
      character(message_length) :: message

      message = ''
      if (present(name) .eqv. present(id)) message = 'an alert is meant by its name or by its id'
      call begin(body)
      if (present(name)) call put_limited(body, 'name', name, 250, message)
      if (present(id)) call put_limited(body, 'id', id, 250, message)
      call put_choice(body, 'state', state, 'ok|critical', message)
      call append_valid(self, 'alert_state', body, message, stat, errmsg)
   end subroutine alert_state

   subroutine put_alert(body, message, name, source, frequency, notification, description, abort, enabled)
      type(text), intent(inout) :: body
      character(*), intent(inout) :: message
      character(*), intent(in) :: name, source
      integer, intent(in), optional :: frequency
      character(*), intent(in), optional :: notification, description
      logical, intent(in), optional :: abort, enabled

      call put_limited(body, 'name', name, 250, message)
      call put(body, ',"source":"'//source//'"')
      if (present(frequency)) call put_count(body, 'frequency', frequency, 1, message)
      if (present(notification)) call put_choice(body, 'notification', notification, 'none|email', message)
      if (present(description)) then
         call put(body, ',"description":')
         call put_text(body, description)
      end if
      if (present(abort)) call put(body, ',"abort":'//trim(merge('true ', 'false', abort)))
      if (present(enabled)) call put(body, ',"enabled":'//trim(merge('true ', 'false', enabled)))
   end subroutine put_alert

   subroutine put_watched(body, message, metric, window, aggregation)
      type(text), intent(inout) :: body
      character(*), intent(inout) :: message
      character(*), intent(in) :: metric
      integer, intent(in), optional :: window
      character(*), intent(in), optional :: aggregation

      call put(body, ',"metric":')
      call put_name(body, metric, message)
      if (present(window)) call put_count(body, 'window', window, 1, message)
      if (present(aggregation)) call put_choice(body, 'aggregation', aggregation, 'average|sum|at least one|all', message)
   end subroutine put_watched

   ! ---- Artifacts ----

   ! Records a file, which has to stay where it is until it is delivered. Reads it once, for its SHA-256.
   subroutine log_artifact(self, path, category, name, mimetype, hash, stat, errmsg, stored)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: path
      character(*), intent(in) :: category            ! input, output, code
      character(*), intent(in), optional :: name      ! the last part of the path without it
      character(*), intent(in), optional :: mimetype  ! type/subtype
      logical, intent(in), optional :: hash           ! .false. leaves the reading to the sender
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      logical, intent(in), optional :: stored         ! .true. copies the content into the cache, for files that go
      type(text) :: body
      character(message_length) :: message
      character(4096) :: found
      character(64) :: digits
      integer(int64) :: bytes
      logical :: is_hashed, is_stored

      if (.not. is_usable(self, stat, errmsg)) return
      message = ''
      bytes = 0
      is_hashed = .true.
      if (present(hash)) is_hashed = hash
      is_stored = .false.
      if (present(stored)) is_stored = stored
      call find_file(path, found, message)
      if (len_trim(message) == 0 .and. is_stored) then
         call put_aside(self, trim(found), digits, bytes, message)
      else if (len_trim(message) == 0 .and. is_hashed) then
         call read_file(trim(found), digits, bytes, message)
      end if
      if (len_trim(message) > 0) then
         call report(self, simvue_io, trim(message), stat, errmsg)
         return
      end if
      call begin(body)
      if (present(name)) then
         call put_limited(body, 'name', name, 250, message)
      else
         call put_limited(body, 'name', found(index(found, '/', back=.true.) + 1:), 250, message)
      end if
      call put_choice(body, 'category', category, 'input|output|code', message)
      if (.not. is_text(trim(found))) message = 'the path is not UTF-8'
      call put_limited(body, 'path', found, 4096, message)
      if (is_stored) call put(body, ',"stored":true')
      if (is_hashed .or. is_stored) &
         call put(body, ',"size":'//trim(json_number(bytes))//',"sha256":"'//digits//'"')
      if (present(mimetype)) then
         if (.not. is_mimetype(trim(mimetype))) message = 'mimetype is type/subtype'
         call put(body, ',"mimetype":')
         call put_text(body, mimetype)
      end if
      call append_valid(self, 'artifact', body, message, stat, errmsg)
   end subroutine log_artifact

   ! The absolute path of a file without links: a sender does not follow them.
   subroutine find_file(path, found, message)
      character(*), intent(in) :: path
      character(4096), intent(out) :: found
      character(*), intent(inout) :: message
      character(:), allocatable :: buffer

      found = ''
      allocate (character(4097) :: buffer)
      buffer(:) = repeat(c_null_char, 4097)
      if (c_associated(c_realpath(trim(path)//c_null_char, buffer))) then
         found = buffer(1:index(buffer, c_null_char) - 1)
      else
         message = trim(path)//': '//error_text(last_error())
      end if
   end subroutine find_file

   ! Copies a file into the cache. It bears its name there, artifacts/<sha256>, once it is complete and on the device.
   subroutine put_aside(self, path, digits, bytes, message)
      class(simvue_journal), intent(in) :: self
      character(*), intent(in) :: path
      character(64), intent(out) :: digits
      integer(int64), intent(out) :: bytes
      character(*), intent(inout) :: message
      character(:), allocatable :: folder, temporary
      type(timespec) :: now
      integer(c_int) :: copy, ignored

      folder = self%cache//'/artifacts'
      call make_directory(folder, int(o'700', c_int), message)
      if (len_trim(message) > 0) return
      ignored = c_clock_gettime(clock_realtime, now)
      temporary = folder//'/.'//self%identity//'-'//trim(json_number(int(now%seconds, int64)))//'-'// &
                  trim(json_number(int(now%nanoseconds, int64)))
      copy = c_open(temporary//c_null_char, ior(ior(o_wronly, o_creat), ior(o_excl, o_cloexec)), int(o'600', c_int))
      if (copy < 0) then
         message = temporary//': '//error_text(last_error())
         return
      end if
      call read_file(path, digits, bytes, message, copy)
      if (len_trim(message) == 0) then
         if (c_fsync(copy) /= 0) message = temporary//': '//error_text(last_error())
      end if
      ignored = c_close(copy)
      if (len_trim(message) == 0) then
         if (c_rename(temporary//c_null_char, folder//'/'//digits//c_null_char) == 0) return
         message = folder//'/'//digits//': '//error_text(last_error())
      end if
      ignored = c_unlink(temporary//c_null_char)
   end subroutine put_aside

   ! Makes the SHA-256 of a file, and copies it to an open one.
   subroutine read_file(path, digits, bytes, message, copy)
      character(*), intent(in) :: path
      character(64), intent(out) :: digits
      integer(int64), intent(out) :: bytes
      character(*), intent(inout) :: message
      integer(c_int), intent(in), optional :: copy
      integer, parameter :: block = 65536
      character(:), allocatable :: buffer
      integer(int64) :: state(0:7)
      integer(c_int) :: descriptor, ignored
      integer(c_size_t) :: count
      integer :: held, first

      bytes = 0
      digits = ''
      held = 0
      allocate (character(block + 128) :: buffer)
      call sha256_begin(state)
      descriptor = c_open(path//c_null_char, ior(ior(o_rdonly, o_nonblock), o_cloexec), 0_c_int)
      if (descriptor < 0) then
         message = path//': '//error_text(last_error())
         return
      end if
      do
         count = c_read(descriptor, buffer(held + 1:held + block), int(block - held, c_size_t))
         if (count < 0) message = path//': '//error_text(last_error())
         if (count <= 0) exit
         if (present(copy)) call copy_block(copy, buffer(held + 1:held + int(count)), bytes, message)
         if (len_trim(message) > 0) exit
         bytes = bytes + int(count, int64)
         held = held + int(count)
         do first = 1, held - 63, 64
            call sha256_block(state, buffer(first:first + 63))
         end do
         first = held - mod(held, 64)
         held = held - first
         if (first > 0 .and. held > 0) buffer(1:held) = buffer(first + 1:first + held)
      end do
      ignored = c_close(descriptor)
      digits = sha256_end(state, buffer(1:held), bytes)
   end subroutine read_file

   subroutine copy_block(copy, block, bytes, message)
      integer(c_int), intent(in) :: copy
      character(*), intent(in) :: block
      integer(int64), intent(in) :: bytes ! that were copied before
      character(*), intent(inout) :: message
      type(resource_limit) :: limit
      integer(c_size_t) :: count
      integer :: first

      if (c_getrlimit(rlimit_fsize, limit) == 0) then ! beyond it a signal would end the program
         if (limit%soft >= 0 .and. bytes + len(block) > limit%soft) then
            message = 'a copy for the cache: '//error_text(efbig)
            return
         end if
      end if
      first = 1
      do while (first <= len(block))
         count = c_write(copy, block(first:), int(len(block) - first + 1, c_size_t))
         if (count <= 0) then
            message = 'a copy for the cache: '//error_text(merge(last_error(), enospc, count < 0))
            return
         end if
         first = first + int(count)
      end do
   end subroutine copy_block

   ! ---- What the procedures above have in common ----

   logical function is_usable(self, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      is_usable = .false.
      if (.not. self%is_open) then
         call report(self, simvue_closed, 'the journal is not open', stat, errmsg)
      else if (c_getpid() /= self%owner) then
         call report(self, simvue_foreign, 'a forked child cannot record in the journal of its parent', stat, errmsg)
      else
         is_usable = .true.
      end if
   end function is_usable

   subroutine append_valid(self, kind, body, message, stat, errmsg, where)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kind, message
      type(text), intent(inout) :: body
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(place), intent(in), optional :: where

      if (len_trim(message) == 0) then
         call append(self, kind, body, stat, errmsg, where)
      else if (is_usable(self, stat, errmsg)) then
         call report(self, simvue_invalid, kind//': '//trim(message), stat, errmsg)
      end if
   end subroutine append_valid

   subroutine append(self, kind, body, stat, errmsg, where)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kind
      type(text), intent(inout) :: body
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      type(place), intent(in), optional :: where
      character(27) :: at
      integer :: code
      integer(c_int) :: ignored

      if (.not. is_usable(self, stat, errmsg)) return
      if (body%length > longest_body) then
         call report(self, simvue_invalid, kind//': the record would be longer than 1 MiB', stat, errmsg)
         return
      end if
      ignored = c_mutex_lock(mutex)
      at = next_stamp(self)
      if (present(where)) call put_place(self, kind, body, where)
      call record(self, kind, at, body, .false.)
      if (self%stamp - self%synced > sync_interval .and. self%descriptor >= 0) call sync_file(self)
      code = state_of(self)
      ignored = c_mutex_unlock(mutex)
      call report_state(self, code, stat, errmsg)
   end subroutine append

   subroutine put_place(self, kind, body, where)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kind
      type(text), intent(inout) :: body
      type(place), intent(in) :: where
      integer(int64) :: step, elapsed
      character(token_length) :: token

      if (kind == 'metrics') then
         step = self%metrics
         self%metrics = step + 1
      else
         step = self%tensors
         self%tensors = step + 1
      end if
      if (where%has_step) step = where%step
      token = json_number(step)
      call put(body, ',"step":')
      call put(body, token(1:len_trim(token)))
      call put(body, ',"time":')
      if (where%has_time) then
         call put(body, where%time(1:len_trim(where%time)))
      else
         elapsed = self%stamp - self%started
         token = json_number(elapsed/1000000)
         call put(body, token(1:len_trim(token)))
         call put(body, '.'//six_digits(int(mod(elapsed, 1000000_int64))))
      end if
   end subroutine put_place

   ! How recording stands after a record; asked under the lock.
   integer function state_of(self)
      class(simvue_journal), intent(in) :: self

      state_of = simvue_ok
      if (self%error /= 0) state_of = simvue_io
      if (.not. is_idle(self)) state_of = simvue_deferred
      if (self%dropped > 0) state_of = simvue_lost
   end function state_of

   subroutine report_state(self, code, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      integer, intent(in) :: code
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg

      select case (code)
      case (simvue_ok)
         if (present(stat)) stat = code
      case (simvue_io)
         call report(self, code, 'cannot sync '//path_of(self)//': '//error_text(self%error), stat, errmsg)
      case (simvue_deferred)
         call report(self, code, path_of(self)//': '//error_text(self%error)//'; records wait in memory', stat, errmsg)
      case default
         call report(self, code, path_of(self)//': '//error_text(self%error)//'; records are lost, as more wait than '// &
                     'memory is set aside for', stat, errmsg)
      end select
   end subroutine report_state

   ! Hands an error to the caller or, where it does not want it, says it once on standard error.
   subroutine report(self, code, message, stat, errmsg)
      class(simvue_journal), intent(inout) :: self
      integer, intent(in) :: code
      character(*), intent(in) :: message
      integer, intent(out), optional :: stat
      character(*), intent(inout), optional :: errmsg
      integer :: ignored

      if (present(stat)) stat = code
      if (code == simvue_ok) return
      if (present(errmsg)) errmsg = message
      if (present(stat)) return
      if (self%has_warned(code)) return
      self%has_warned(code) = .true.
      write (error_unit, '(a)', iostat=ignored) 'simvue: '//message//'. The program goes on; this is said once.'
   end subroutine report

   ! ---- Writing ----

   ! Writes a record, or keeps it behind those that wait.
   subroutine record(self, kind, at, body, rotates)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kind, at
      type(text), intent(in) :: body
      logical, intent(in) :: rotates
      type(text) :: last

      self%error = 0
      if (.not. is_idle(self)) call drain(self)
      if (.not. is_idle(self)) then
         call keep(self, kind, at, body, rotates)
         return
      end if
      call compose(self, kind, at, body%chars(1:body%length))
      call push(self, rotates)
      if (is_idle(self) .and. self%bytes >= self%rotate_bytes .and. kind /= 'end') then
         self%is_rotated = .true.
         call begin(last)
         call put(last, ',"reason":"rotate"')
         call compose(self, 'end', next_stamp(self), last%chars(1:last%length))
         call push(self, .true.)
      end if
      if (self%descriptor < 0) call start_file(self)
   end subroutine record

   logical function is_idle(self)
      class(simvue_journal), intent(in) :: self

      is_idle = self%descriptor >= 0 .and. .not. self%is_line_due .and. self%first > self%last .and. self%dropped == 0
   end function is_idle

   ! Writes what waits, oldest first, as far as it goes.
   subroutine drain(self)
      class(simvue_journal), intent(inout) :: self
      type(text) :: body
      logical :: rotates

      if (self%is_line_due) call push(self, self%line_rotates)
      if (self%is_line_due) return
      if (self%descriptor < 0) call start_file(self)
      if (self%is_line_due .or. self%descriptor < 0) return
      if (self%dropped > 0) then
         call begin(body)
         call put(body, ',"count":'//trim(json_number(self%dropped)))
         call compose(self, 'lost', next_stamp(self), body%chars(1:body%length))
         self%dropped = 0
         call push(self, .false.)
      end if
      do while (self%first <= self%last)
         if (self%is_line_due .or. self%descriptor < 0) return
         rotates = self%kept(self%first)%rotates
         call compose(self, trim(self%kept(self%first)%kind), self%kept(self%first)%at, self%kept(self%first)%body)
         self%kept_bytes = self%kept_bytes - len(self%kept(self%first)%body)
         deallocate (self%kept(self%first)%body)
         self%first = self%first + 1
         call push(self, rotates)
         if (self%descriptor < 0) call start_file(self)
      end do
      self%first = 1
      self%last = 0
   end subroutine drain

   ! Makes the bytes of a record in `line`, with the number that comes next.
   subroutine compose(self, kind, at, body)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kind, at, body
      character(token_length) :: token

      token = json_number(self%sequence)
      call begin(self%line)
      call put(self%line, '{"kind":"')
      call put(self%line, kind)
      call put(self%line, '","seq":')
      call put(self%line, token(1:len_trim(token)))
      call put(self%line, ',"at":"')
      call put(self%line, at)
      call put(self%line, '"')
      call put(self%line, body)
      if (kind == 'end') call put(self%line, ',"records":'//token(1:len_trim(token)))
      if (self%has_crc .and. kind /= 'header') then
         call put(self%line, ',"crc":"'//hexadecimal(crc32(self%line%chars(1:self%line%length)))//'"')
      end if
      call put(self%line, '}'//lf)
   end subroutine compose

   ! Writes `line`, twice if need be; it stays due until it is whole.
   subroutine push(self, rotates)
      class(simvue_journal), intent(inout) :: self
      logical, intent(in) :: rotates
      logical :: is_whole

      self%is_line_due = .true.
      self%line_rotates = rotates
      is_whole = write_line(self)
      if (.not. is_whole) is_whole = write_line(self)
      if (.not. is_whole) return
      self%is_line_due = .false.
      self%error = 0
      self%sequence = self%sequence + 1
      if (rotates) call leave_file(self)
   end subroutine push

   logical function write_line(self)
      class(simvue_journal), intent(inout) :: self
      type(resource_limit) :: limit
      integer(c_size_t) :: written

      write_line = .false.
      ! Beyond its limit a file is not only full: the signal SIGXFSZ ends the program.
      if (c_getrlimit(rlimit_fsize, limit) == 0) then
         if (limit%soft >= 0 .and. self%bytes + self%line%length + 1 > limit%soft) then
            self%error = efbig
            return
         end if
      end if
      if (self%is_guard_due) then
         if (c_write(self%descriptor, lf, 1_c_size_t) /= 1) then
            self%error = last_error()
            return
         end if
         self%bytes = self%bytes + 1
         self%is_guard_due = .false.
      end if
      written = c_write(self%descriptor, self%line%chars, int(self%line%length, c_size_t))
      write_line = written == self%line%length
      if (written > 0) self%bytes = self%bytes + int(written, int64)
      if (write_line) return
      self%is_guard_due = .true.
      self%error = enospc ! a short write does not say why
      if (written < 0) self%error = last_error()
   end function write_line

   ! Puts a record behind those that wait, and drops the oldest metrics where memory is short.
   subroutine keep(self, kind, at, body, rotates)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kind, at
      type(text), intent(in) :: body
      logical, intent(in) :: rotates

      if (.not. allocated(self%kept)) allocate (self%kept(64))
      if (self%last == size(self%kept)) call make_room(self)
      self%last = self%last + 1
      self%kept(self%last)%kind = kind
      self%kept(self%last)%at = at
      self%kept(self%last)%body = body%chars(1:body%length)
      self%kept(self%last)%rotates = rotates
      self%kept_bytes = self%kept_bytes + body%length
      if (self%kept_bytes > kept_limit) then
         call drop(self, 'metrics|tensor')
         if (self%kept_bytes > kept_limit) call drop(self, &
            'event|metadata|tags|folder|alert|alert_state|artifact|heartbeat|grid')
         call make_room(self)
      end if
   end subroutine keep

   ! Drops the oldest records of some kinds until a quarter of the memory is free.
   subroutine drop(self, kinds)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(in) :: kinds
      integer :: number

      do number = self%first, self%last
         if (self%kept_bytes <= kept_limit - kept_limit/4) return
         if (.not. allocated(self%kept(number)%body)) cycle
         if (.not. is_one_of(self%kept(number)%kind, kinds)) cycle
         self%kept_bytes = self%kept_bytes - len(self%kept(number)%body)
         deallocate (self%kept(number)%body)
         self%dropped = self%dropped + 1
      end do
   end subroutine drop

   ! Closes the gaps that dropped and written records left, and makes room for as many again.
   subroutine make_room(self)
      class(simvue_journal), intent(inout) :: self
      type(waiting), allocatable :: roomy(:)
      integer :: number, count

      allocate (roomy(2*(self%last - self%first + 1) + 64))
      count = 0
      do number = self%first, self%last
         if (.not. allocated(self%kept(number)%body)) cycle
         count = count + 1
         roomy(count)%kind = self%kept(number)%kind
         roomy(count)%at = self%kept(number)%at
         roomy(count)%rotates = self%kept(number)%rotates
         call move_alloc(self%kept(number)%body, roomy(count)%body)
      end do
      call move_alloc(roomy, self%kept)
      self%first = 1
      self%last = count
   end subroutine make_room

   ! Creates a file with a header; without one, `descriptor` stays negative and `error` says why.
   subroutine start_file(self)
      class(simvue_journal), intent(inout) :: self
      integer(c_int) :: descriptor, ignored

      call make_identity(self)
      if (self%error /= 0) return
      descriptor = c_open(path_of(self)//c_null_char, &
                          ior(ior(o_wronly, o_creat), ior(ior(o_excl, o_append), o_cloexec)), int(o'600', c_int))
      if (descriptor < 0) then
         self%error = last_error()
         return
      end if
      if (descriptor <= 2) then ! a closed standard stream: what is printed must not come into the journal
         ignored = descriptor
         descriptor = c_fcntl(ignored, f_dupfd_cloexec, 3_c_int)
         if (descriptor < 0) self%error = last_error()
         ignored = c_close(ignored)
         if (descriptor < 0) return
      end if
      self%descriptor = descriptor
      self%is_guard_due = .false.
      self%bytes = 0
      self%sequence = 0
      call compose_header(self)
      self%synced = self%stamp
      call push(self, .false.)
   end subroutine start_file

   subroutine compose_header(self)
      class(simvue_journal), intent(inout) :: self
      type(text) :: body
      character(27) :: at
      character(longest_variable) :: directory

      at = next_stamp(self)
      if (self%started == 0) self%started = self%stamp
      call begin(body)
      call put(body, ',"format":"simvue-journal","version":"1.0","journal":"'//self%identity//'","run":"'//self%key//'"')
      if (self%has_crc) call put(body, ',"crc":"crc32"')
      directory = working_directory()
      if (is_rooted(directory) .and. is_text(trim(directory))) then
         call put(body, ',"cwd":')
         call put_text(body, directory)
      end if
      if (self%has_earlier) call put(body, ',"continues":{"journal":"'//self%earlier//'","bytes":'// &
                                     trim(json_number(self%earlier_bytes))//',"seq":'// &
                                     trim(json_number(self%earlier_sequence))//'}')
      call put(body, ',"writer":{"name":"simvue-fortran","version":"'//version//'","language":"fortran","host":')
      call put_text(body, host_name())
      call put(body, ',"pid":'//trim(json_number(int(self%owner, int32))))
      if (self%rank >= 0) call put(body, ',"rank":'//trim(json_number(int(self%rank, int32))))
      call put(body, '}')
      call compose(self, 'header', at, body%chars(1:body%length))
   end subroutine compose_header

   ! Closes the file whose end record says that another continues it; `start_file` begins that.
   subroutine leave_file(self)
      class(simvue_journal), intent(inout) :: self
      integer(c_int) :: ignored

      ignored = c_fsync(self%descriptor)
      ignored = c_close(self%descriptor)
      self%descriptor = -1
      self%has_earlier = .true.
      self%earlier = self%identity
      self%earlier_bytes = self%bytes
      self%earlier_sequence = self%sequence - 1
   end subroutine leave_file

   subroutine sync_file(self)
      class(simvue_journal), intent(inout) :: self

      self%synced = self%stamp
      if (c_fsync(self%descriptor) /= 0) self%error = last_error()
   end subroutine sync_file

   ! ---- Names and places ----

   ! A random UUID.
   subroutine make_identity(self)
      class(simvue_journal), intent(inout) :: self
      character(16) :: random
      character(32) :: digits
      integer(c_int) :: descriptor, ignored
      integer :: number, byte

      self%error = 0
      descriptor = c_open('/dev/urandom'//c_null_char, ior(o_rdonly, o_cloexec), 0_c_int)
      if (descriptor < 0) then
         self%error = last_error()
         return
      end if
      if (c_read(descriptor, random, 16_c_size_t) /= 16) self%error = eio
      ignored = c_close(descriptor)
      do number = 1, 16
         byte = ichar(random(number:number))
         if (number == 7) byte = ior(iand(byte, 15), 64)
         if (number == 9) byte = ior(iand(byte, 63), 128)
         digits(2*number - 1:2*number) = hexadecimal(int(byte, int64), 2)
      end do
      self%identity = digits(1:8)//'-'//digits(9:12)//'-'//digits(13:16)//'-'//digits(17:20)//'-'//digits(21:32)
   end subroutine make_identity

   function path_of(self) result(path)
      class(simvue_journal), intent(in) :: self
      character(:), allocatable :: path

      path = self%cache//'/journals/'//self%identity//'.jsonl'
   end function path_of

   subroutine choose_cache(self, message, directory)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(inout) :: message
      character(*), intent(in), optional :: directory
      character(longest_variable) :: chosen, now
      integer :: slash

      chosen = ''
      if (present(directory)) chosen = directory
      if (chosen == '') chosen = variable('SIMVUE_OFFLINE_DIRECTORY')
      if (chosen == '') then
         chosen = variable('HOME')
         if (chosen == '') then
            message = 'set SIMVUE_OFFLINE_DIRECTORY or HOME: there is no place for a journal'
            return
         end if
         chosen = trim(chosen)//'/.simvue'
      end if
      if (.not. is_rooted(chosen)) then ! the program may go elsewhere before the journal is rotated
         now = working_directory()
         chosen = trim(now)//'/'//chosen
      end if
      self%cache = trim(chosen)
      do slash = 2, len(self%cache)
         if (self%cache(slash:slash) == '/') call make_directory(self%cache(1:slash - 1), int(o'777', c_int), message)
      end do
      message = '' ! what is above may be there and yet not for us to make
      call make_directory(self%cache, int(o'700', c_int), message)
      call make_directory(self%cache//'/journals', int(o'700', c_int), message)
   end subroutine choose_cache

   subroutine make_directory(path, mode, message)
      character(*), intent(in) :: path
      integer(c_int), intent(in) :: mode
      character(*), intent(inout) :: message
      integer(c_int) :: error

      if (len_trim(message) > 0 .or. len(path) == 0) return
      if (c_mkdir(path//c_null_char, mode) == 0) return
      error = last_error()
      if (error /= eexist) message = path//': '//error_text(error)
   end subroutine make_directory

   subroutine choose_run(self, message, run_key, rank)
      class(simvue_journal), intent(inout) :: self
      character(*), intent(inout) :: message
      character(*), intent(in), optional :: run_key
      integer, intent(in), optional :: rank

      self%rank = -1
      if (present(rank)) then
         self%rank = rank
         if (rank < 0) message = 'a rank is 0 or more'
         if (rank > 0 .and. .not. present(run_key)) message = 'a rank above 0 needs the run_key of rank 0'
      end if
      self%key = ''
      if (present(run_key)) then
         self%key = trim(run_key)
         if (self%key == 'job') then
            self%key = trim(job_key())
            if (len(self%key) == 0) message = "run_key='job': this process belongs to no job of Slurm, PBS, LSF or Open MPI"
            if (.not. present(rank)) self%rank = job_rank()
         else if (verify(self%key, key_characters) > 0 .or. len(self%key) < 1 .or. len(self%key) > 64) then
            message = 'a run_key has 1 to 64 of the characters A-Z a-z 0-9 . _ -'
         end if
      else
         call make_identity(self)
         if (self%error /= 0) message = '/dev/urandom: '//error_text(self%error)
         self%key = self%identity
      end if
   end subroutine choose_run

   ! The key that all processes of a job make, also when it is requeued; another each time that a process asks.
   function job_key() result(key)
      character(64) :: key
      character(longest_variable) :: job, step
      type(text) :: whole
      logical :: is_open_mpi
      integer :: number

      key = ''
      call begin(whole)
      is_open_mpi = variable('OMPI_COMM_WORLD_RANK') /= ''
      if (variable('SLURM_JOB_ID', 'SLURM_JOBID') /= '') then
         call put(whole, 'slurm')
         call put_part(whole, variable('SLURM_CLUSTER_NAME'))
         call put_part(whole, variable('SLURM_JOB_ID', 'SLURM_JOBID'))
         ! Under mpirun only the ranks of other nodes have a step: that of the daemons that start them.
         step = variable('SLURM_STEP_ID', 'SLURM_STEPID')
         if (.not. is_open_mpi) call put_part(whole, step)
      else if (variable('PBS_JOBID') /= '') then
         call put(whole, 'pbs')
         call put_part(whole, variable('PBS_JOBID'))
      else if (variable('LSB_JOBID') /= '') then
         call put(whole, 'lsf')
         call put_part(whole, variable('LSB_JOBID'))
         step = variable('LSB_JOBINDEX')
         if (step /= '0') call put_part(whole, step)
      else if (is_open_mpi) then
         job = variable('OMPI_MCA_ess_base_jobid', 'PMIX_NAMESPACE')
         if (job == '') return
         call put(whole, 'ompi')
         call put_part(whole, job)
         job = variable('OMPI_MCA_orte_hnp_uri')
         call put_part(whole, hexadecimal(crc32(trim(job))))
      end if
      if (whole%length == 0) return
      key = whole%chars(1:whole%length)
      if (whole%length > 58) key = whole%chars(1:49)//'-'//hexadecimal(crc32(whole%chars(1:whole%length)))
      do number = 1, len_trim(key)
         if (verify(key(number:number), key_characters) > 0) key(number:number) = '-'
      end do
      jobs_given = jobs_given + 1
      if (jobs_given > 1) key = trim(key)//'-'//trim(json_number(int(jobs_given, int32)))
   end function job_key

   subroutine put_part(whole, part)
      type(text), intent(inout) :: whole
      character(*), intent(in) :: part

      if (part /= '') call put(whole, '-'//trim(part))
   end subroutine put_part

   integer function job_rank()
      character(longest_variable) :: found
      integer :: error

      found = variable('OMPI_COMM_WORLD_RANK', 'PMIX_RANK')
      if (found == '') found = variable('PMI_RANK', 'MV2_COMM_WORLD_RANK')
      if (found == '') found = variable('PALS_RANKID', 'JSM_NAMESPACE_RANK')
      if (found == '') found = variable('SLURM_PROCID')
      job_rank = -1
      if (found == '' .or. verify(trim(found), '0123456789') > 0) return
      read (found, *, iostat=error) job_rank
      if (error /= 0) job_rank = -1
   end function job_rank

   ! The first of the variables of the environment that has a value.
   function variable(name, other) result(value)
      character(*), intent(in) :: name
      character(*), intent(in), optional :: other
      character(longest_variable) :: value
      integer :: status

      call get_environment_variable(name, value, status=status)
      if (status /= 0) value = '' ! also of one that is too long
      if (value == '' .and. present(other)) then
         call get_environment_variable(other, value, status=status)
         if (status /= 0) value = ''
      end if
   end function variable

   ! Empty where it is not to be had.
   function working_directory() result(path)
      character(longest_variable) :: path

      path = repeat(c_null_char, longest_variable)
      if (.not. c_associated(c_getcwd(path, int(longest_variable, c_size_t)))) path = ''
      if (index(path, c_null_char) > 0) path = path(1:index(path, c_null_char) - 1)
   end function working_directory

   function host_name() result(name)
      character(:), allocatable :: name
      character(256) :: buffer

      buffer = repeat(c_null_char, 256)
      name = ''
      if (c_gethostname(buffer, 255_c_size_t) == 0) name = buffer(1:index(buffer, c_null_char) - 1)
   end function host_name

   integer(c_int) function last_error()
      integer(c_int), pointer :: value

      call c_f_pointer(c_errno(), value)
      last_error = value
   end function last_error

   function error_text(error) result(message)
      integer(c_int), intent(in) :: error
      character(:), allocatable :: message
      character(kind=c_char), pointer :: chars(:)
      type(c_ptr) :: found
      integer :: number

      found = c_strerror(error)
      call c_f_pointer(found, chars, [c_strlen(found)])
      allocate (character(size(chars)) :: message)
      do number = 1, size(chars)
         message(number:number) = chars(number)
      end do
   end function error_text

   ! ---- Text ----

   subroutine begin(body)
      type(text), intent(inout) :: body

      if (.not. allocated(body%chars)) allocate (character(512) :: body%chars)
      body%length = 0
   end subroutine begin

   subroutine put(body, chars)
      type(text), intent(inout) :: body
      character(*), intent(in) :: chars
      character(:), allocatable :: roomy

      if (body%length + len(chars) > len(body%chars)) then
         allocate (character(2*(body%length + len(chars))) :: roomy)
         roomy(1:body%length) = body%chars(1:body%length)
         call move_alloc(roomy, body%chars)
      end if
      body%chars(body%length + 1:body%length + len(chars)) = chars
      body%length = body%length + len(chars)
   end subroutine put

   ! Puts a string of JSON; trailing blanks are padding, and bytes that are no UTF-8, and NUL, become U+FFFD.
   subroutine put_text(body, string, characters, bytes, exact)
      type(text), intent(inout) :: body
      character(*), intent(in) :: string
      integer, intent(out), optional :: characters, bytes
      logical, intent(in), optional :: exact
      character(*), parameter :: replacement = char(239)//char(191)//char(189)
      integer :: position, first, last, code, length, char_count, byte_count

      position = 1
      last = len_trim(string)
      if (present(exact)) then
         if (exact) last = len(string)
      end if
      char_count = 0
      byte_count = 0
      code = 0
      call put(body, '"')
      do while (position <= last)
         first = position
         do while (position <= last)
            code = ichar(string(position:position))
            if (code < 32 .or. code == 34 .or. code == 92 .or. code > 127) exit
            position = position + 1
         end do
         if (position > first) then
            call put(body, string(first:position - 1))
            char_count = char_count + position - first
            byte_count = byte_count + position - first
         end if
         if (position > last) exit
         char_count = char_count + 1
         if (code > 127) then
            length = utf8_length(string(position:last))
            if (length > 0) then
               call put(body, string(position:position + length - 1))
               byte_count = byte_count + length
            else
               call put(body, replacement)
               byte_count = byte_count + 3
            end if
            position = position + abs(length)
         else
            byte_count = byte_count + 1
            position = position + 1
            select case (code)
            case (0)
               call put(body, replacement)
               byte_count = byte_count + 2
            case (8)
               call put(body, '\b')
            case (9)
               call put(body, '\t')
            case (10)
               call put(body, '\n')
            case (12)
               call put(body, '\f')
            case (13)
               call put(body, '\r')
            case (34)
               call put(body, '\"')
            case (92)
               call put(body, '\\')
            case default
               call put(body, '\u00'//hexadecimal(int(code, int64), 2))
            end select
         end if
      end do
      call put(body, '"')
      if (present(characters)) characters = char_count
      if (present(bytes)) bytes = byte_count
   end subroutine put_text

   ! The length of the character of UTF-8 that a text begins with, or minus that of the bytes that are none.
   pure integer function utf8_length(string)
      character(*), intent(in) :: string
      integer :: low, high, more, number, code

      low = 128
      high = 191
      more = 0
      code = ichar(string(1:1))
      select case (code)
      case (194:223)
         more = 1
      case (224)
         more = 2
         low = 160
      case (225:236, 238:239)
         more = 2
      case (237)
         more = 2
         high = 159
      case (240)
         more = 3
         low = 144
      case (241:243)
         more = 3
      case (244)
         more = 3
         high = 143
      case (0:127)
         utf8_length = 1
         return
      case default
         utf8_length = -1
         return
      end select
      do number = 1, more
         utf8_length = -number
         if (number >= len(string)) return
         code = ichar(string(number + 1:number + 1))
         if (code < low .or. code > high) return
         low = 128
         high = 191
      end do
      utf8_length = more + 1
   end function utf8_length

   pure logical function is_text(string)
      character(*), intent(in) :: string
      integer :: position, length

      is_text = .false.
      position = 1
      do while (position <= len(string))
         length = utf8_length(string(position:))
         if (length < 0 .or. string(position:position) == c_null_char) return
         position = position + length
      end do
      is_text = .true.
   end function is_text

   subroutine put_name(body, name, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: name
      character(*), intent(inout) :: message
      integer :: bytes

      call put_text(body, name, bytes=bytes)
      if (bytes < 1 .or. bytes > 250) message = 'a name has 1 to 250 bytes'
   end subroutine put_name

   subroutine put_key(body, name, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: name
      character(*), intent(inout) :: message

      call put_name(body, name, message)
      call put(body, ':')
   end subroutine put_key

   subroutine put_limited(body, member, value, longest, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: member, value
      integer, intent(in) :: longest
      character(*), intent(inout) :: message
      integer :: characters

      call put(body, ',"'//member//'":')
      call put_text(body, value, characters)
      if (characters < 1 .or. characters > longest) then
         message = member//' has 1 to '//trim(json_number(int(longest, int32)))//' characters'
      end if
   end subroutine put_limited

   subroutine put_choice(body, member, value, choices, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: member, value, choices
      character(*), intent(inout) :: message

      if (.not. is_one_of(value, choices)) message = member//' is one of '//choices
      call put(body, ',"'//member//'":"'//trim(value)//'"')
   end subroutine put_choice

   subroutine put_count(body, member, value, least, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: member
      integer, intent(in) :: value, least
      character(*), intent(inout) :: message

      if (value < least) message = member//' is '//trim(json_number(int(least, int32)))//' or more'
      call put(body, ',"'//member//'":'//trim(json_number(int(value, int64))))
   end subroutine put_count

   subroutine put_finite(body, member, value, message)
      type(text), intent(inout) :: body
      character(*), intent(in) :: member
      real(real64), intent(in) :: value
      character(*), intent(inout) :: message
      character(token_length) :: token

      token = json_number(value)
      if (token(1:1) == '"') message = member//' is not finite'
      call put(body, ',"'//member//'":'//trim(token))
   end subroutine put_finite

   subroutine put_list(body, member, values, message, in_bytes, may_be_empty)
      type(text), intent(inout) :: body
      character(*), intent(in) :: member, values(:)
      character(*), intent(inout) :: message
      logical, intent(in), optional :: in_bytes, may_be_empty
      integer :: number, characters, bytes

      call put(body, ',"'//member//'":[')
      do number = 1, size(values)
         if (number > 1) call put(body, ',')
         call put_text(body, values(number), characters, bytes)
         if (present(in_bytes)) characters = bytes
         if (characters < 1 .and. .not. present(may_be_empty)) message = 'one of '//member//' is empty'
         if (characters > 250) message = 'one of '//member//' is longer than 250'
      end do
      call put(body, ']')
   end subroutine put_list

   ! Puts the members of a run record; `message` says what is not acceptable.
   subroutine put_run(body, message, name, folder, description, tags, status, notification, timeout, retention, &
                      visibility, server_id)
      type(text), intent(inout) :: body
      character(*), intent(out) :: message
      character(*), intent(in), optional :: name, folder, description, tags(:), status, notification, visibility, server_id
      integer, intent(in), optional :: timeout, retention

      message = ''
      if (present(name)) call put_limited(body, 'name', name, 250, message)
      if (present(folder)) then
         if (.not. is_rooted(folder)) message = 'a folder begins with /'
         call put(body, ',"folder":')
         call put_text(body, folder)
      end if
      if (present(description)) then
         call put(body, ',"description":')
         call put_text(body, description)
      end if
      if (present(tags)) call put_list(body, 'tags', tags, message)
      if (present(status)) call put_choice(body, 'status', status, 'created|running|completed|failed|terminated', message)
      if (present(notification)) call put_choice(body, 'notification', notification, 'none|all|error|lost', message)
      if (present(timeout)) call put_count(body, 'timeout', timeout, 1, message)
      if (present(retention)) call put_count(body, 'retention', retention, 0, message)
      if (present(visibility)) call put_choice(body, 'visibility', visibility, 'public|tenant', message)
      if (present(server_id)) then
         if (verify(trim(server_id), key_characters) > 0 .or. index(server_id, '.') > 0 .or. len_trim(server_id) < 1 &
             .or. len_trim(server_id) > 64) message = 'server_id has 1 to 64 of the characters A-Z a-z 0-9 _ -'
         call put(body, ',"server_id":"'//trim(server_id)//'"')
      end if
   end subroutine put_run

   pure logical function is_one_of(value, choices)
      character(*), intent(in) :: value, choices

      is_one_of = index('|'//choices//'|', '|'//trim(value)//'|') > 0 .and. index(value, '|') == 0 &
                  .and. len_trim(value) > 0
   end function is_one_of

   pure logical function is_rooted(path)
      character(*), intent(in) :: path

      is_rooted = index(path, '/') == 1
   end function is_rooted

   pure logical function is_mimetype(value)
      character(*), intent(in) :: value
      integer :: number, slash, subtype_end

      is_mimetype = .false.
      do number = 1, len(value)
         if (ichar(value(number:number)) <= 32 .or. ichar(value(number:number)) >= 127) return
      end do
      slash = index(value, '/')
      subtype_end = index(value//';', ';') - 1
      is_mimetype = slash > 1 .and. subtype_end > slash .and. index(value(slash + 1:), '/') == 0 .and. &
                    index(value(1:slash), ';') == 0
   end function is_mimetype

   ! ---- Time ----

   ! The time of a record in UTC, later than that of the record before by a microsecond at least.
   function next_stamp(self) result(at)
      class(simvue_journal), intent(inout) :: self
      character(27) :: at
      type(timespec) :: now
      integer(int64) :: micros

      micros = self%stamp + 1
      if (c_clock_gettime(clock_realtime, now) == 0) then
         micros = max(micros, int(now%seconds, int64)*1000000 + int(now%nanoseconds, int64)/1000)
      end if
      self%stamp = micros
      if (micros/1000000 /= self%second) then
         self%second = micros/1000000
         self%clock = clock_of(self%second)
      end if
      at = self%clock//'.'//six_digits(int(mod(micros, 1000000_int64)))//'Z'
   end function next_stamp

   ! A time since 1970 as date and time, by the calendar of Gregor (the years begin in March here).
   pure function clock_of(second) result(clock)
      integer(int64), intent(in) :: second
      character(19) :: clock
      integer :: days, era, day, year_of_era, year, month, rest

      days = int(second/86400) + 719468
      rest = int(mod(second, 86400_int64))
      era = days/146097
      day = days - era*146097
      year_of_era = (day - day/1460 + day/36524 - day/146096)/365
      day = day - (365*year_of_era + year_of_era/4 - year_of_era/100)
      month = (5*day + 2)/153
      day = day - (153*month + 2)/5 + 1
      year = year_of_era + era*400
      month = month + 3
      if (month > 12) then
         month = month - 12
         year = year + 1
      end if
      clock = two_digits(year/100)//two_digits(mod(year, 100))//'-'//two_digits(month)//'-'//two_digits(day)//'T'// &
              two_digits(rest/3600)//':'//two_digits(mod(rest/60, 60))//':'//two_digits(mod(rest, 60))
   end function clock_of

   pure function two_digits(number) result(digits)
      integer, intent(in) :: number
      character(2) :: digits

      digits(1:1) = achar(48 + number/10)
      digits(2:2) = achar(48 + mod(number, 10))
   end function two_digits

   pure function six_digits(number) result(digits)
      integer, intent(in) :: number
      character(6) :: digits

      digits = two_digits(number/10000)//two_digits(mod(number/100, 100))//two_digits(mod(number, 100))
   end function six_digits

   ! ---- Numbers ----

   elemental function number_int32(value) result(token)
      integer(int32), intent(in) :: value
      character(token_length) :: token

      token = number_int64(int(value, int64))
   end function number_int32

   elemental function number_int64(value) result(token)
      integer(int64), intent(in) :: value
      character(token_length) :: token
      character(20) :: digits
      integer(int64) :: rest
      integer :: first

      rest = value
      first = 21
      do
         first = first - 1
         digits(first:first) = achar(48 + abs(int(mod(rest, 10_int64))))
         rest = rest/10
         if (rest == 0) exit
      end do
      token = digits(first:)
      if (value < 0) token = '-'//digits(first:)
   end function number_int64

   ! Written as the double of the same value.
   elemental function number_real32(value) result(token)
      real(real32), intent(in) :: value
      character(token_length) :: token
      integer(int64) :: bits, fraction, exponent

      bits = transfer(value, 0_int32)
      fraction = iand(bits, 8388607_int64)
      exponent = iand(shiftr(bits, 23), 255_int64)
      if (exponent == 255) then
         exponent = 2047
      else if (exponent > 0) then
         exponent = exponent + 896
      else if (fraction > 0) then
         exponent = 897
         do while (fraction < 8388608)
            fraction = 2*fraction
            exponent = exponent - 1
         end do
         fraction = fraction - 8388608
      end if
      token = number_of_bits(bits < 0, exponent, shiftl(fraction, 29))
   end function number_real32

   elemental function number_real64(value) result(token)
      real(real64), intent(in) :: value
      character(token_length) :: token
      integer(int64) :: bits

      bits = transfer(value, 0_int64)
      token = number_of_bits(bits < 0, iand(shiftr(bits, 52), 2047_int64), iand(bits, 4503599627370495_int64))
   end function number_real64

   ! A double by its parts, as the shortest digits, or nearly so, that are read back as the same double.
   pure function number_of_bits(is_negative, exponent, fraction) result(token)
      logical, intent(in) :: is_negative
      integer(int64), intent(in) :: exponent, fraction
      character(token_length) :: token
      character(18) :: text
      integer(int64) :: digits
      integer :: scale, length, first, point

      if (exponent == 2047) then
         token = '"Infinity"'
         if (is_negative) token = '"-Infinity"'
         if (fraction /= 0) token = '"NaN"'
         return
      end if
      token = ''
      first = 0
      if (is_negative) then
         token(1:1) = '-'
         first = 1
      end if
      if (exponent == 0 .and. fraction == 0) then
         token(first + 1:) = '0.0'
         return
      end if
      call shortest(exponent, fraction, digits, scale)
      text = ''
      length = 0
      do while (digits > 0) ! from the right
         length = length + 1
         text(19 - length:19 - length) = achar(48 + int(mod(digits, 10_int64)))
         digits = digits/10
      end do
      text(1:length) = text(19 - length:18)
      point = length + scale
      if (point > 17 .or. point < -3) then
         token(first + 1:first + 1) = text(1:1)
         first = first + 1
         if (length > 1) then
            token(first + 1:first + length) = '.'//text(2:length)
            first = first + length
         end if
         token(first + 1:) = 'e'//number_int32(int(point - 1, int32))
      else if (point <= 0) then
         token(first + 1:) = '0.'//repeat('0', -point)//text(1:length)
      else if (scale >= 0) then
         token(first + 1:) = text(1:length)//repeat('0', scale)//'.0'
      else
         token(first + 1:) = text(1:point)//'.'//text(point + 1:length)
      end if
   end function number_of_bits

   ! Florian Loitsch's Grisu2 ("Printing Floating-Point Numbers Quickly and Accurately with Integers", 2010), with 62
   ! bits in place of 64, so that no signed integer overflows. Gives digits * 10**scale.
   pure subroutine shortest(exponent, fraction, digits, scale)
      integer(int64), intent(in) :: exponent, fraction
      integer(int64), intent(out) :: digits
      integer, intent(out) :: scale
      integer(int64) :: value, high, low, power, whole, part, one, delta, distance, rest, ten
      integer :: binary, index, decimal, shift

      ! The double and the middles to its neighbours, all at the exponent of the upper middle.
      if (exponent == 0) then
         value = fraction
         binary = -1074
      else
         value = fraction + 4503599627370496_int64
         binary = int(exponent) - 1075
      end if
      high = 2*value + 1
      low = 2*(2*value - 1)
      if (fraction == 0 .and. exponent > 1) low = 4*value - 1
      shift = leadz(high) - 2
      high = shiftl(high, shift)
      low = shiftl(low, shift - 1)
      value = shiftl(value, shift + 1)
      binary = binary - 1 - shift

      ! Scaled by a power of ten, so that the binary exponent is between -59 and -32.
      index = (-94 - binary + 1058)*8/27 ! near it
      index = max(0, min(78, index/8))
      do while (index < 78 .and. binary + exponent_of(index) + 62 < -59)
         index = index + 1
      end do
      do while (index > 0 .and. binary + exponent_of(index) + 62 > -32)
         index = index - 1
      end do
      power = powers(index + 1)
      decimal = 300 - 8*index
      shift = -(binary + exponent_of(index) + 62)
      value = product_of(value, power)
      high = product_of(high, power) - 1
      low = product_of(low, power) + 1

      delta = high - low
      distance = high - value
      one = shiftl(1_int64, shift)
      whole = shiftr(high, shift)
      part = iand(high, one - 1)
      digits = 0
      ten = 1
      scale = 0
      do while (ten <= whole/10)
         ten = 10*ten
         scale = scale + 1
      end do
      do while (scale >= 0)
         digits = 10*digits + whole/ten
         whole = mod(whole, ten)
         rest = shiftl(whole, shift) + part
         if (rest <= delta) then
            call approach(digits, distance, delta, rest, shiftl(ten, shift))
            scale = scale + decimal
            return
         end if
         ten = ten/10
         scale = scale - 1
      end do
      scale = 0
      do
         part = 10*part
         delta = 10*delta
         distance = 10*distance
         digits = 10*digits + shiftr(part, shift)
         part = iand(part, one - 1)
         scale = scale - 1
         if (part <= delta) exit
      end do
      call approach(digits, distance, delta, part, one)
      scale = scale + decimal
   end subroutine shortest

   ! Takes the last digit down while that comes nearer to the double.
   pure subroutine approach(digits, distance, delta, start, ten)
      integer(int64), intent(inout) :: digits
      integer(int64), intent(in) :: distance, delta, start, ten
      integer(int64) :: rest

      rest = start
      do while (rest < distance .and. delta - rest >= ten)
         if (rest + ten >= distance .and. distance - rest <= rest + ten - distance) exit
         digits = digits - 1
         rest = rest + ten
      end do
   end subroutine approach

   ! The binary exponent that belongs to a power of ten of the table.
   pure integer function exponent_of(index)
      integer, intent(in) :: index

      exponent_of = int(shifta(int(8*index - 300, int64)*1741647_int64, 19)) - 61
   end function exponent_of

   ! The upper 62 bits, rounded, of the product of two numbers of 62 bits.
   pure integer(int64) function product_of(left, right)
      integer(int64), intent(in) :: left, right
      integer(int64), parameter :: mask = 2147483647_int64
      integer(int64) :: high_low, low_high, low_low, middle

      high_low = shiftr(left, 31)*iand(right, mask)
      low_high = iand(left, mask)*shiftr(right, 31)
      low_low = iand(left, mask)*iand(right, mask)
      middle = iand(high_low, mask) + iand(low_high, mask) + shiftr(low_low, 31) + 1073741824_int64
      product_of = shiftr(left, 31)*shiftr(right, 31) + shiftr(high_low, 31) + shiftr(low_high, 31) + shiftr(middle, 31)
   end function product_of

   ! Whether a finite number is below another; by their bits, for programs that assume numbers to be finite.
   pure logical function is_below(left, right)
      real(real64), intent(in) :: left, right

      is_below = order_of(left) < order_of(right)
   end function is_below

   pure integer(int64) function order_of(value)
      real(real64), intent(in) :: value

      order_of = transfer(value, 0_int64)
      if (order_of < 0) order_of = -iand(order_of, huge(order_of))
   end function order_of

   ! ---- Checksums ----

   pure function hexadecimal(value, digits) result(text)
      integer(int64), intent(in) :: value
      integer, intent(in), optional :: digits
      character(:), allocatable :: text
      integer :: number, digit, length

      length = 8
      if (present(digits)) length = digits
      allocate (character(length) :: text)
      do number = 1, length
         digit = int(iand(shiftr(value, 4*(length - number)), 15_int64)) + 1
         text(number:number) = '0123456789abcdef'(digit:digit)
      end do
   end function hexadecimal

   ! CRC-32 as in zlib, four bytes at a time.
   integer(int64) function crc32(chars)
      character(*), intent(in) :: chars
      integer(int32) :: crc
      integer :: position, number

      if (.not. has_crc_tables) call make_crc_tables()
      crc = -1
      do position = 1, len(chars) - 3, 4
         crc = ieor(crc, ior(ior(byte_at(chars, position), shiftl(byte_at(chars, position + 1), 8)), &
                             ior(shiftl(byte_at(chars, position + 2), 16), shiftl(byte_at(chars, position + 3), 24))))
         crc = ieor(ieor(crc_tables(ibits(crc, 0, 8), 3), crc_tables(ibits(crc, 8, 8), 2)), &
                    ieor(crc_tables(ibits(crc, 16, 8), 1), crc_tables(ibits(crc, 24, 8), 0)))
      end do
      do number = position, len(chars)
         crc = ieor(crc_tables(ibits(ieor(crc, byte_at(chars, number)), 0, 8), 0), shiftr(crc, 8))
      end do
      crc32 = iand(int(not(crc), int64), 4294967295_int64)
   end function crc32

   pure integer(int32) function byte_at(chars, position)
      character(*), intent(in) :: chars
      integer, intent(in) :: position

      byte_at = int(ichar(chars(position:position)), int32)
   end function byte_at

   subroutine make_crc_tables()
      integer(int32) :: crc, byte
      integer :: bit, table

      do byte = 0, 255
         crc = byte
         do bit = 1, 8
            crc = merge(ieor(shiftr(crc, 1), -306674912_int32), shiftr(crc, 1), btest(crc, 0))
         end do
         crc_tables(byte, 0) = crc
      end do
      do table = 1, 3
         do byte = 0, 255
            crc = crc_tables(byte, table - 1)
            crc_tables(byte, table) = ieor(shiftr(crc, 8), crc_tables(ibits(crc, 0, 8), 0))
         end do
      end do
      has_crc_tables = .true.
   end subroutine make_crc_tables

   ! SHA-256 (FIPS 180-4), in integers of 64 bits that hold 32.
   pure subroutine sha256_begin(state)
      integer(int64), intent(out) :: state(0:7)

      state = [1779033703_int64, 3144134277_int64, 1013904242_int64, 2773480762_int64, 1359893119_int64, &
               2600822924_int64, 528734635_int64, 1541459225_int64]
   end subroutine sha256_begin

   pure subroutine sha256_block(state, chars)
      integer(int64), intent(inout) :: state(0:7)
      character(64), intent(in) :: chars
      integer(int64) :: schedule(0:63), a, b, c, d, e, f, g, h, first, second
      integer :: round

      do round = 0, 15
         schedule(round) = shiftl(int(ichar(chars(4*round + 1:4*round + 1)), int64), 24) + &
                           ishft(ichar(chars(4*round + 2:4*round + 2)), 16) + &
                           ishft(ichar(chars(4*round + 3:4*round + 3)), 8) + ichar(chars(4*round + 4:4*round + 4))
      end do
      do round = 16, 63
         first = ieor(ieor(turned(schedule(round - 15), 7), turned(schedule(round - 15), 18)), shiftr(schedule(round - 15), 3))
         second = ieor(ieor(turned(schedule(round - 2), 17), turned(schedule(round - 2), 19)), shiftr(schedule(round - 2), 10))
         schedule(round) = iand(schedule(round - 16) + first + schedule(round - 7) + second, word)
      end do
      a = state(0)
      b = state(1)
      c = state(2)
      d = state(3)
      e = state(4)
      f = state(5)
      g = state(6)
      h = state(7)
      do round = 0, 63
         first = h + ieor(ieor(turned(e, 6), turned(e, 11)), turned(e, 25)) + ieor(iand(e, f), iand(not(e), g)) + &
                 sha256_constants(round) + schedule(round)
         second = ieor(ieor(turned(a, 2), turned(a, 13)), turned(a, 22)) + ieor(ieor(iand(a, b), iand(a, c)), iand(b, c))
         h = g
         g = f
         f = e
         e = iand(d + first, word)
         d = c
         c = b
         b = a
         a = iand(first + second, word)
      end do
      state = iand(state + [a, b, c, d, e, f, g, h], word)
   end subroutine sha256_block

   pure integer(int64) function turned(value, bits)
      integer(int64), intent(in) :: value
      integer, intent(in) :: bits

      turned = iand(ior(shiftr(value, bits), shiftl(value, 32 - bits)), word)
   end function turned

   ! The digits, given the bytes after the last whole block and the number of all.
   pure function sha256_end(state, rest, bytes) result(digits)
      integer(int64), intent(in) :: state(0:7)
      character(*), intent(in) :: rest
      integer(int64), intent(in) :: bytes
      character(64) :: digits
      character(128) :: last
      integer(int64) :: sum(0:7)
      integer :: length, number

      length = 64
      if (len(rest) > 55) length = 128
      last = repeat(c_null_char, 128)
      last(1:len(rest) + 1) = rest//char(128)
      do number = 0, 7
         last(length - number:length - number) = char(int(iand(shiftr(8*bytes, 8*number), 255_int64)))
      end do
      sum = state
      call sha256_block(sum, last(1:64))
      if (length == 128) call sha256_block(sum, last(65:128))
      do number = 0, 7
         digits(8*number + 1:8*number + 8) = hexadecimal(sum(number))
      end do
   end function sha256_end
end module simvue
