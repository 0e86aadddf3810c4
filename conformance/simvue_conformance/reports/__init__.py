"""A report in the shapes that people and machines read: terminal, JSON, JUnit XML, a Markdown matrix of several."""
