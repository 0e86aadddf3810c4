"""The SQLite store: tables, and one module for each kind of object. Knows no HTTP."""
