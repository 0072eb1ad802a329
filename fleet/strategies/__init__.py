"""The strategies of rollouts: each file declares one at module level."""
