"""The handlers, one module for each resource: they read a call, use the store, and answer."""
