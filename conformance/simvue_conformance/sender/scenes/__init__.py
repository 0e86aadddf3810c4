"""What happens in each scene, a module for each theme. Tests: tests/conformance/sender/test_scenes.py."""
