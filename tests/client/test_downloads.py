"""Files from artifacts stay below the directory that was given, and are whole or not there."""

import hashlib

import pytest

from simvue.client.downloads import DownloadError, place_for, write_whole


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a.txt", "a.txt"),
        ("out/a.txt", "out/a.txt"),
        ("/etc/passwd", "etc/passwd"),
        ("//a", "a"),
        ("./a/./b", "a/b"),
        ("a:b c", "a:b c"),
        ("..a/b..", "..a/b.."),
    ],
)
def test_slashes_make_directories_below_the_given_one(tmp_path, name, place):
    assert place_for(name, tmp_path) == tmp_path / place


@pytest.mark.parametrize("name", ["../x", "a/../../x", "a/..", "..", ".", "/", "", "a\0b", "/../x", "a\ud800"])
def test_a_name_that_leads_out_is_refused(tmp_path, name):
    with pytest.raises(DownloadError, match="no path below"):
        place_for(name, tmp_path)


def test_a_link_that_leads_out_is_refused_and_one_that_stays_is_not(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "real").mkdir(parents=True)
    outside.mkdir()
    (inside / "out").symlink_to(outside)
    (inside / "in").symlink_to(inside / "real")

    with pytest.raises(DownloadError, match="a link"):
        place_for("out/x", inside)
    assert place_for("in/x", inside) == inside / "in" / "x"


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_written_through(tmp_path):
    target, elsewhere = tmp_path / "x", tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    target.symlink_to(elsewhere)

    write_whole(target, lambda file: file.write(b"new"), None)

    assert (target.read_text(), elsewhere.read_text()) == ("new", "kept")
    assert not target.is_symlink()


def test_content_with_another_checksum_is_not_written_and_the_old_file_stays(tmp_path):
    target = tmp_path / "x"
    target.write_text("old")
    checksum = hashlib.sha256(b"right").hexdigest()

    with pytest.raises(DownloadError, match="SHA-256"):
        write_whole(target, lambda file: file.write(b"wrong"), checksum)
    assert (target.read_text(), list(tmp_path.iterdir())) == ("old", [target])
    write_whole(target, lambda file: file.write(b"right"), checksum)
    assert target.read_text() == "right"


def test_a_fetch_that_fails_leaves_nothing_behind(tmp_path):
    def fail(_file):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "x", fail, None)
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "other").touch()

    write_whole(tmp_path / "x", lambda file: file.write(b"1"), None)

    assert (tmp_path / "x").stat().st_mode == (tmp_path / "other").stat().st_mode
