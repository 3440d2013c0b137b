"""The whole story of one person, item or document."""

from glue.explain.story import ObjectStory, RowStory, RuleResult, Story, tell

__all__ = ["ObjectStory", "RowStory", "RuleResult", "Story", "tell"]
