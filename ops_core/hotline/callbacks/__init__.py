"""Callbacks: whether the requester is satisfied with an order's answer."""
