"""Update notices (知识更新通知): what is asked to be published, and its 24 hours."""
