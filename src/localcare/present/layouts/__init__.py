"""Layouts: how measures lie on a page. Each is a frozen description that can draw itself."""
