"""A lease is judged by watching it, and by nothing that another machine says about time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.lease import (
    Holder,
    Identity,
    Lease,
    LeasePolicy,
    NoStart,
    Observation,
    Standing,
    encode_claim,
    encode_observation,
    encode_release,
    encode_renewal,
    epoch_of,
    is_neighbour,
    name_of,
    observe,
    parse_lease,
    parse_observation,
    standing,
)

AT = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
ME = Identity(host="login1", boot_id="b1", pid_namespace="pid:[1]", pid=40, start_ticks=400, uid=1000)
OTHER = replace(ME, pid=50, start_ticks=500)
REMOTE = replace(OTHER, host="login2", boot_id="b2")
POLICY = LeasePolicy()


def held_by(identity, token="t1", **members):
    return Lease(epoch=3, holder=Holder(identity=identity, token=token, at=AT), size=200, **members)


def judge(lease, observation=None, boottime=1000.0, me=ME, start=NoStart.UNKNOWN):
    return standing(lease, observation, me, boottime, token="mine", policy=POLICY, start=start)


def test_a_lease_file_says_who_holds_it_and_how_often_it_was_renewed():
    holder = Holder(identity=REMOTE, token="t1", at=AT)

    data = encode_claim(3, holder) + encode_renewal(1, AT) + encode_renewal(2, AT)

    assert parse_lease(3, data) == Lease(epoch=3, holder=holder, size=len(data), counter=2)


def test_a_released_lease_is_free_for_everybody():
    data = encode_claim(3, Holder(identity=REMOTE, token="t1", at=AT)) + encode_release(AT)

    assert judge(parse_lease(3, data)) is Standing.FREE


def test_no_first_part_of_a_lease_file_names_a_wrong_holder_or_a_release():
    holder = Holder(identity=REMOTE, token="t1", at=AT)
    data = encode_claim(3, holder) + encode_renewal(1, AT) + encode_release(AT)

    leases = [parse_lease(3, data[:size]) for size in range(len(data))]

    assert all(lease.holder in {None, holder} and not lease.released for lease in leases)
    assert [lease.size for lease in leases] == list(range(len(data)))


def test_a_claim_copied_from_another_epoch_names_no_holder():
    data = encode_claim(2, Holder(identity=REMOTE, token="t1", at=AT))

    assert parse_lease(3, data).holder is None


def test_zeros_that_a_shared_filesystem_shows_for_unread_bytes_say_nothing():
    claim = encode_claim(3, Holder(identity=REMOTE, token="t1", at=AT))

    lease = parse_lease(3, claim + bytes(40) + b"\n" + encode_renewal(2, AT))

    assert (lease.counter, lease.released) == (2, False)


@pytest.mark.parametrize("host", ["a\x1b[31mb", "a\nb", "a\x9bb"], ids=["escape", "newline", "C1"])
def test_a_host_that_would_control_a_terminal_is_not_believed(host):
    data = encode_claim(3, Holder(identity=replace(REMOTE, host=host), token="t1", at=AT))

    assert parse_lease(3, data).holder is None


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_a_lease_that_is_not_free(data):
    assert parse_lease(1, data).released is False


@given(st.integers(1, 99_999_999))
def test_an_epoch_is_read_from_its_name(epoch):
    assert epoch_of(name_of(epoch)) == epoch


@pytest.mark.parametrize("name", ["", "1", "00000000", "000000001", ".00000001.ab.new", "0000000x", "١٢٣٤٥٦٧٨"])
def test_a_name_that_is_no_epoch_is_none(name):
    assert epoch_of(name) is None


def test_a_lease_seen_for_the_first_time_is_held():
    assert judge(held_by(REMOTE)) is Standing.HELD


@pytest.mark.parametrize(("waited", "expected"), [(89.9, Standing.HELD), (90.0, Standing.EXPIRED)])
def test_an_unchanged_lease_expires_after_its_time_on_the_watchers_own_clock(waited, expected):
    lease = held_by(REMOTE)
    observation = observe(lease, None, ME, 1000.0)

    assert judge(lease, observation, 1000.0 + waited) is expected


def test_a_renewal_makes_the_wait_begin_anew():
    observation = observe(held_by(REMOTE), None, ME, 1000.0)
    renewed = replace(held_by(REMOTE), size=240)

    later = observe(renewed, observation, ME, 1080.0)

    assert judge(renewed, observation, 1095.0) is Standing.HELD
    assert later.first_seen == 1080.0


def test_looking_again_does_not_make_the_wait_begin_anew():
    observation = observe(held_by(REMOTE), None, ME, 1000.0)

    assert observe(held_by(REMOTE), observation, ME, 1060.0) == observation


@pytest.mark.parametrize(
    "changed",
    [{"boot_id": "b9"}, {"epoch": 2}, {"token": "t0"}, {"size": 199}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_was_seen_of_another_lease_or_boot_proves_nothing(changed):
    seen = {"epoch": 3, "size": 200, "token": "t1", "first_seen": 0.0, "boot_id": "b1"}

    assert judge(held_by(REMOTE), Observation(**seen)) is Standing.EXPIRED
    assert judge(held_by(REMOTE), Observation(**{**seen, **changed})) is Standing.HELD


def test_a_machine_without_a_boot_id_never_judges_by_a_note():
    nameless = replace(ME, boot_id="")
    observation = observe(held_by(REMOTE), None, nameless, 0.0)

    assert judge(held_by(REMOTE), observation, me=nameless) is Standing.HELD


def test_an_observation_from_the_future_of_this_boot_begins_anew():
    observation = observe(held_by(REMOTE), None, ME, 5000.0)

    assert observe(held_by(REMOTE), observation, ME, 10.0).first_seen == 10.0


@pytest.mark.parametrize("hours", [-24 * 365, -1, 1, 24 * 365])
def test_the_holders_clock_is_irrelevant(hours):
    shifted = Holder(identity=REMOTE, token="t1", at=AT + timedelta(hours=hours))
    lease = replace(held_by(REMOTE), holder=shifted)
    observation = observe(lease, None, ME, 1000.0)

    assert judge(lease, observation, 1089.0) is Standing.HELD
    assert judge(lease, observation, 1090.0) is Standing.EXPIRED


def test_a_holder_whose_process_is_gone_from_this_machine_is_dead():
    assert judge(held_by(OTHER), start=NoStart.GONE) is Standing.DEAD_HOLDER


def test_a_holder_whose_pid_was_given_to_a_later_process_is_dead():
    assert judge(held_by(OTHER), start=OTHER.start_ticks + 1) is Standing.DEAD_HOLDER


@pytest.mark.parametrize("start", [OTHER.start_ticks, NoStart.UNKNOWN], ids=["alive", "not known"])
def test_a_holder_that_may_live_is_not_dead(start):
    assert judge(held_by(OTHER), start=start) is Standing.HELD


def test_a_holder_whose_start_is_not_known_is_not_dead_while_its_pid_is_in_use():
    assert judge(held_by(replace(OTHER, start_ticks=0)), start=777) is Standing.HELD


@pytest.mark.parametrize(
    "identity",
    [replace(OTHER, host="login2"), replace(OTHER, boot_id="b0"), replace(OTHER, pid_namespace="pid:[2]")],
    ids=["another host", "another boot", "another PID namespace"],
)
def test_a_pid_says_nothing_about_a_process_elsewhere(identity):
    assert not is_neighbour(identity, ME)
    assert judge(held_by(identity), start=NoStart.GONE) is Standing.HELD


@pytest.mark.parametrize("unknown", ["boot_id", "pid_namespace"])
def test_two_unknowns_are_not_the_same_place(unknown):
    nowhere = {unknown: ""}

    assert not is_neighbour(replace(OTHER, **nowhere), replace(ME, **nowhere))


def test_a_lease_is_mine_by_its_token_too_for_two_may_ask_in_one_process():
    assert judge(held_by(ME, token="mine")) is Standing.MINE
    assert judge(held_by(ME, token="another"), start=ME.start_ticks) is Standing.HELD


def test_a_lease_without_a_readable_claim_expires_like_any_other():
    lease = Lease(epoch=3, holder=None, size=0)
    observation = observe(lease, None, ME, 1000.0)

    assert judge(lease, observation, 1089.0) is Standing.HELD
    assert judge(lease, observation, 1090.0) is Standing.EXPIRED


def test_an_observation_survives_being_written_down():
    observation = observe(held_by(REMOTE), None, ME, 1000.0)

    assert parse_observation(encode_observation(observation)) == observation


@given(st.binary(max_size=200))
def test_a_damaged_note_is_no_observation(data):
    assert parse_observation(data) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"200", b'"200"'), (b"1.5", b"null"), (b'"t1"', b"1"), (b'"b1"', b"0"), (b"3", b"3.5")],
    ids=["size", "first_seen", "token", "boot_id", "epoch"],
)
def test_a_note_with_a_wrong_type_is_no_observation(old, new):
    whole = b'{"epoch":3,"size":200,"token":"t1","first_seen":1.5,"boot_id":"b1"}\n'

    assert parse_observation(whole) is not None
    assert parse_observation(whole.replace(old, new, 1)) is None


@pytest.mark.parametrize("values", [(10, 10, 0), (10, 9, 2), (10, 0, 1), (10, 1, -1)])
def test_a_policy_that_could_not_be_kept_is_refused(values):
    ttl, renewal, margin = values

    with pytest.raises(ValueError, match="renewed before it ends"):
        LeasePolicy(ttl=ttl, renewal=renewal, margin=margin)
