"""A locale with a decimal comma, where none is installed."""

import os
import subprocess
import sys

from simvue_conformance.writer.locales import decimal_comma


def test_a_c_library_takes_the_locale(tmp_path):
    variables = decimal_comma(tmp_path)
    probe = "import locale; locale.setlocale(locale.LC_ALL, ''); print(locale.format_string('%g', 0.5))"
    printed = subprocess.run(
        [sys.executable, "-c", probe], env=os.environ | variables, capture_output=True, check=True, text=True
    )
    assert printed.stdout == "0,5\n"
