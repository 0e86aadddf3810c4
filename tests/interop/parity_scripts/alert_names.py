"""States of user alerts by name, and alerts that another run takes over."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("alert names", folder="/parity/alert_names")
    shared = run.create_user_alert("alert names shared")
    run.create_user_alert("alert names by name")
    print(run.log_alert(name="alert names shared", state="ok"))
    with simvue.Run(mode=os.environ["MODE"]) as other:
        other.init("alert names other", folder="/parity/alert_names")
        print(other.add_alerts(ids=[shared]))
        print(other.log_alert(identifier=shared, state="critical"))
        loose = run.create_user_alert("alert names loose", attach_to_run=False)
        print(other.add_alerts(ids=[loose]))
        print(other.add_alerts(names=["alert names by name"]))
