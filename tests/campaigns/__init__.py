"""Long runs that hold parts of the project against each other; the suite runs a small part of each."""
