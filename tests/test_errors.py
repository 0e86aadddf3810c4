"""Every error survives a process boundary and says what to do."""

import pickle

import pytest

from simvue import errors

EXAMPLES = [
    errors.ConfigurationError("set [server] url"),
    errors.JournalError("REC-3", "the member at is missing", 7),
    errors.LeaseLost(12, "another sender has taken over"),
    errors.NoAnswer("the answer ended early"),
    errors.NotOurs(1, "owned by user 7, not by us", "/cache/x"),
    errors.SimvueError("anything"),
    errors.SimvueRunError("call init first"),
    errors.StateUnwritable("/cache/sender", "No space left on device"),
    errors.TlsFailure("certificate has expired"),
    errors.Unauthorised(401, "token expired"),
    errors.Unreachable("connection refused"),
    errors.WriterError("no record can hold a set"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_after_pickling(error):
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_the_text_of_an_error_holds_every_argument_but_the_errno(error):
    arguments = error.args[1:] if isinstance(error, OSError) else error.args

    text = str(error)

    assert all(str(argument) in text for argument in arguments)


def test_every_error_of_the_tree_is_a_documented_simvue_error():
    tree = [getattr(errors, name) for name in errors.__all__]

    assert all(issubclass(error, errors.SimvueError) and error.__doc__ for error in tree)


def test_errors_of_the_network_say_whether_anything_was_sent():
    assert issubclass(errors.TlsFailure, errors.Unreachable)
    assert not issubclass(errors.NoAnswer, errors.Unreachable)


def test_errors_stay_what_published_code_catches():
    assert issubclass(errors.SimvueRunError, RuntimeError)
    assert issubclass(errors.NotOurs, OSError)
