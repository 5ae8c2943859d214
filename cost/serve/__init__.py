"""The live page: the report of a bill on 127.0.0.1, with a month and a team to choose. Nothing of it leaves the machine."""
