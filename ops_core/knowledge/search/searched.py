"""What of an article is searched beside its title (pure)."""

from ops_core.knowledge.articles.model import Article, ArticleVersion


def searched_text(article: Article, version: ArticleVersion) -> str:
    """Its keywords are found as its text is."""
    return "\n".join((*article.keywords, version.body))
