"""HTTP: carry requests to a Simvue server and bring back its answers. Importing it loads no HTTP library."""
