"""The knowledge base (知识库), and what front-line staff are trained in."""
