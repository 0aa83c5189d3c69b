"""The configuration as types: the one source of every key's type, default, bounds and meaning.

Each section is a module of its own, and nothing is imported here, so that the code behind a step
depends on the sections that it reads and on no other. `configuration.Configuration` is the whole.
"""
