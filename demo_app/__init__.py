"""A FastAPI app that could be deployed; the instruments around it are in `demo_app.lab`."""
