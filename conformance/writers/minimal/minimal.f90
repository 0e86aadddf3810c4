program minimal
  integer(selected_int_kind(18)) :: id; integer :: u, step; character(999) :: path; character(120) :: text
  open (newunit=u, file='/dev/urandom', access='stream', action='read'); read (u) id; close (u)
  call get_environment_variable('SIMVUE_OFFLINE_DIRECTORY', path); write (text, '("heat-",z16.16)') id
  open (newunit=u, file=trim(path)//'/journals/'//trim(text)//'.jsonl', status='new', access='stream', action='write')
  path = trim(text)//'","run":"'//text
  call put('header","format":"simvue-journal","version":"1.0","writer":{},"journal":"'//trim(path)//'"')
  do step = 0, 2
    write (text, '("metrics"",""values"":{""loss"":",es24.16e3,"},""step"":",i0)') 1d0/(step + 3), step; call put(text)
  end do; call put('end","status":"completed","records":4')
contains; subroutine put(members)
  character(*), intent(in) :: members; character(10) :: d, t, z; call date_and_time(d, t, z)
  write (u) '{"kind":"'//trim(members)//',"at":"'//d(:4)//'-'//d(5:6)//'-'//d(7:8)//'T'//t(:2)//':'//t(3:4)//':'// &
    t(5:10)//z(:3)//':'//z(4:5)//'"}'//new_line('a'); flush (u)
end subroutine; end program
