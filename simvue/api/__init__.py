"""The objects of a Simvue server, one by one: see ``simvue.api.objects``."""
