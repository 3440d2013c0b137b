"""The components that the manifest names."""

from source_acumatica.reading.deletions import DeletionRetriever
from source_acumatica.reading.retriever import WindowRetriever
from source_acumatica.transport import AnswerHandler, SharedTokenAuthenticator

__all__ = [
    "AnswerHandler",
    "DeletionRetriever",
    "SharedTokenAuthenticator",
    "WindowRetriever",
]
