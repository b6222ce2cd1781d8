"""The loops that make time pass: each a step that does a bounded piece of work, driven by one."""
