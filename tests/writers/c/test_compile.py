"""The header compiles without a warning wherever C is spoken, and asks the C library for little."""

import re
import shutil
import subprocess

import pytest

from tests.writers.c.journals import HERE, SOURCES, WARNINGS, build, clean_environment, needs_gcc, ran, validate

pytestmark = needs_gcc
THREADS = "-DSIMVUE_JOURNAL_THREADS"
MATRIX = [
    ("gcc", "-std=c99"),
    ("gcc", "-std=c11", THREADS, "-O2"),
    ("gcc", "-std=gnu17", "-Wshadow", "-Wstrict-prototypes", "-Wcast-qual"),
    ("g++", "-xc++", "-std=c++17", "-O2", THREADS),
    ("clang", "-std=c99", "-O2"),
    ("clang", "-std=c11", THREADS),
    ("clang++", "-xc++", "-std=c++17", THREADS),
]
# Nothing that allocates, nothing that minds the locale, no stream.
ALLOWED = """
__errno_location __fstat64_time64 __isoc23_strtol __stack_chk_fail clock_gettime close fstat fstat64 fsync getcwd getenv
gethostname getpid getrlimit getrlimit64 memcmp memcpy memmove memset mkdir nanosleep open open64 pthread_mutex_init
pthread_mutex_lock pthread_mutex_unlock read realpath rename stpcpy strcat strchr strcmp strcpy strerror strlen strncpy
strspn strstr strtol time uname unlink write
"""
USER = """
#include "simvue_journal.h"
#include <string.h>
int main(void) {
    simvue_journal_value facts[] = {simvue_journal_string("solver", "explicit"), simvue_journal_integer("nx", 128),
                                    simvue_journal_double("alpha", 0.1), simvue_journal_boolean("periodic", 1)};
    static simvue_journal journal;
    if (simvue_journal_open(&journal, NULL) != SIMVUE_JOURNAL_OK) return 1;
    if (simvue_journal_metadata(&journal, 4, facts) != SIMVUE_JOURNAL_OK) return 2;
    return simvue_journal_close(&journal, NULL, NULL);
}
"""


@pytest.mark.parametrize("command", MATRIX, ids=" ".join)
def test_it_compiles_without_a_warning(command, tmp_path):
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    (tmp_path / "only.c").write_text('#define SIMVUE_JOURNAL_IMPLEMENTATION\n#include "simvue_journal.h"\n')

    build_only = [*command, *WARNINGS, f"-I{SOURCES}", "-c", str(tmp_path / "only.c"), "-o", str(tmp_path / "only.o")]
    result = ran(build_only)

    assert (result.returncode, result.stderr) == (0, "")


def test_it_asks_the_c_library_for_little(tmp_path):
    (tmp_path / "only.c").write_text('#define SIMVUE_JOURNAL_IMPLEMENTATION\n#include "simvue_journal.h"\n')
    place = str(tmp_path / "only.o")
    subprocess.run(["gcc", THREADS, f"-I{SOURCES}", "-c", str(tmp_path / "only.c"), "-o", place], check=True)

    symbols = subprocess.run(["nm", place], check=True, capture_output=True, text=True).stdout.split("\n")

    names = [line.split()[-2:] for line in symbols if line]
    missing = {name for kind, name in names if kind == "U"}
    assert missing - set(re.findall(r"\w+", ALLOWED)) == set()
    assert "write" in missing
    public = [name for kind, name in names if kind in "TDBC"]
    assert len(public) > 20
    assert all(name.startswith("simvue_journal_") for name in public)


def test_a_program_in_c_and_one_in_cpp_use_it_from_another_file(tmp_path):
    (tmp_path / "journal.c").write_text('#define SIMVUE_JOURNAL_IMPLEMENTATION\n#include "simvue_journal.h"\n')
    (tmp_path / "user.c").write_text(USER)
    (tmp_path / "user.cc").write_text(USER)
    base = [*WARNINGS, f"-I{SOURCES}", "-c"]
    subprocess.run(["gcc", "-std=c99", THREADS, *base, "journal.c"], check=True, cwd=tmp_path)
    subprocess.run(["gcc", "-std=c99", *base, "user.c", "-o", "c.o"], check=True, cwd=tmp_path)
    users = [("gcc", "c.o")]
    if shutil.which("g++"):
        subprocess.run(["g++", "-std=c++17", *base, "user.cc", "-o", "cc.o"], check=True, cwd=tmp_path)
        users.append(("g++", "cc.o"))

    for linker, user in users:
        subprocess.run([linker, user, "journal.o", "-o", "user", "-lpthread"], check=True, cwd=tmp_path)
        environment = clean_environment(tmp_path / "cache")
        subprocess.run([tmp_path / "user"], check=True, cwd=tmp_path, env=environment)

    paths = list((tmp_path / "cache" / "journals").iterdir())
    assert len(paths) == len(users)
    validate(*paths)


def test_an_order_of_includes_that_hides_posix_is_explained(tmp_path):
    (tmp_path / "late.c").write_text(
        '#include <stdio.h>\n#define SIMVUE_JOURNAL_IMPLEMENTATION\n#include "simvue_journal.h"\n'
    )
    command = ["gcc", "-std=c99", f"-I{SOURCES}", "-c", "late.c"]

    result = ran(command, cwd=tmp_path)
    mended = ran([*command, "-D_XOPEN_SOURCE=700", *WARNINGS], cwd=tmp_path)

    assert result.returncode != 0
    assert "-D_XOPEN_SOURCE=700" in result.stderr
    assert mended.returncode == 0


def test_memory_is_used_as_it_should_be(tmp_path):
    """Under valgrind, with every error fatal; the sanitizers watch the driver of the other tests."""
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind here")
    program = build(HERE / "driver.c", tmp_path / "driver", "-std=c99", "-O1", "-g")
    calls = "metrics 1 =61 3ff8000000000000 -1 bff0000000000000\nevent - =c3\nmetadata 1 =61 s =62\nclose - -\n"
    command = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", str(program)]

    result = ran(command, input=calls, env=clean_environment(tmp_path / "cache"), cwd=tmp_path)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split("\n")[1:5] == ["0", "0", "0", "0"]
