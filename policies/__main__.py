"""The policy pack that `pulumi preview --policy-pack policies` runs. Building it serves and blocks, so it stands here only."""

from pulumi_policy import PolicyPack

from policies.pack import NAME, build_policies

if __name__ == "__main__":
    PolicyPack(name=NAME, policies=build_policies())
