"""The demo: the main job, offline."""
