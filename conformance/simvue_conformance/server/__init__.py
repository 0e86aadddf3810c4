"""A small real Simvue server to test senders against: it keeps what it is sent, and misbehaves when asked to.

It shares no code with the client or the sender, so that it can judge them. `app.create_app` makes the ASGI
application, `local.LocalServer` drives it without sockets, `cli` is the command `simvue-server`.
Described in SERVER-HTTP.md.
"""
