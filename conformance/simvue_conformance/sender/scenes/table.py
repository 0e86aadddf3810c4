"""The table of scenes: name, what happens, who plays it. Tests: tests/conformance/sender/test_scenes.py."""

from simvue_conformance.context import Context
from simvue_conformance.results import Place
from simvue_conformance.sender.scene import place
from simvue_conformance.sender.scenes import answers, crashes, journals, kinds, patient, refusals, runs, safety, vectors

__all__ = ["places"]


def places(context: Context) -> tuple[Place, ...]:
    """Return the scenes; those that take minutes only for a program that claims `patient`."""
    slow = (place(context, "without-keys", "a server that knows no keys", patient.without_keys, idempotency=False),)
    return (
        *(slow if "patient" in context.features else ()),
        place(context, "kinds", "a journal with every kind of record", kinds.kinds),
        place(context, "uploads", "artifacts for a server that wants forms", kinds.uploads, form_uploads=True),
        place(context, "several", "ranks, a restart, a rotation", journals.several),
        place(context, "growing", "a journal that grows, with torn ends and zeros", journals.growing),
        place(context, "live", "heartbeats of a run that is silent, and ends", journals.live),
        place(context, "rewritten", "a journal whose delivered part changes", journals.rewritten),
        place(context, "late", "a journal that grows at the last moment", journals.late),
        place(context, "ordered", "events and metadata in turns", journals.ordered),
        place(context, "many", "20,000 records", journals.many),
        place(context, "vectors", "journals of the specification's vectors", vectors.vectors),
        place(context, "dead", "damaged lines, holes, kinds that nobody knows", refusals.dead),
        place(context, "refused", "records that the server refuses", refusals.refused),
        place(context, "halved", "batches that the server refuses, records that it takes", refusals.halved),
        place(context, "gone", "a run that the server has deleted", refusals.gone),
        place(context, "in-doubt", "answers that are lost after the effect", answers.in_doubt),
        place(context, "errors", "errors that pass", answers.errors),
        place(context, "stuck", "errors that stay, for some runs", answers.stuck),
        place(context, "told-to-wait", "Retry-After", answers.told_to_wait),
        place(context, "unauthorised", "a token that is refused", answers.unauthorised),
        place(context, "redirected", "a redirection to another server", answers.redirected),
        place(context, "down", "no server", answers.down),
        place(context, "killed", "SIGKILL in request after request", crashes.killed_in_requests),
        place(context, "killed-randomly", "SIGKILL at random moments", crashes.killed_at_random),
        place(context, "two-at-once", "two senders on one cache", crashes.two_at_once),
        place(context, "keys", "two copies of one cache", crashes.keys),
        place(context, "secrets", "a server that repeats the token", safety.secrets),
        place(context, "terminal", "control characters in names and answers", safety.terminal),
        place(context, "links", "links and other things among the journals", safety.links),
        place(context, "artifacts", "files that are missing or other than recorded", safety.artifacts),
        place(context, "unwritable", "a disk that takes no byte", safety.unwritable),
        place(context, "abort", "a run that is to be aborted", runs.abort),
        place(context, "attached", "a run that the server has", runs.attached),
        place(context, "awaited", "a run record that comes late", runs.awaited),
        place(context, "online", "caches of online programs", runs.online),
    )
