"""Whether two expressions are equal, and a claimed derivative holds wherever there is one."""
