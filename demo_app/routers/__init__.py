"""One file a topic; `create_app` imports the topics it is asked for."""
