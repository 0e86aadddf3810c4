"""Alerts of all kinds, and the states that a program sets itself."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("alerts", folder="/parity/alerts")
    run.config(disable_resources_metrics=True, abort_on_alert="ignore")
    made = [
        run.create_metric_threshold_alert("alerts above", "x", 0, "is above", trigger_abort=False),
        run.create_metric_threshold_alert(
            "alerts below", "y*", -1.5, "is below", description="Too low.", window=3, frequency=2, aggregation="all"
        ),
        run.create_metric_range_alert("alerts inside", "x", 1, 2.5, "is inside range", notification="email"),
        run.create_metric_range_alert("alerts outside", "x", -1, 1, "is outside range", aggregation="at least one"),
        run.create_event_alert("alerts event", "Error", frequency=5),
        run.create_user_alert("alerts user", description="Set by hand."),
        run.create_user_alert("alerts user too"),
        run.create_user_alert("alerts user ok"),
        run.create_user_alert("alerts fatal", trigger_abort=True),
    ]
    print([bool(identifier) for identifier in made], len(set(made)))
    print(run.create_user_alert("alerts user too") == made[6])
    print(run.log_alert(identifier=made[5], state="critical"))
    print(run.log_alert(made[7], state="ok"))
    for wrong in ({"identifier": made[5], "name": "alerts user"}, {}, {"name": "alerts user", "state": "bad"}):
        try:
            print(run.log_alert(**wrong))
        except RuntimeError:
            print(sorted(wrong), "refused")
    for wrong in ({"rule": "is near"}, {"aggregation": "most"}, {"frequency": 0}):
        try:
            details = {"rule": "is above", **wrong}
            print(run.create_metric_threshold_alert("alerts wrong", "x", 1.0, **details))
        except RuntimeError:
            print(wrong, "refused")
    try:
        print(run.create_metric_range_alert("alerts wrong", "x", 2.0, 1.0, "is inside range"))
    except (RuntimeError, ValueError):
        print("range refused")
