"""What a simulated step refers to on record: the order it is merged into, the article it cites."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.app.demonstration.order_states import OrderOnRecord
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.demonstration import SOURCE
from ops_core.hotline.demonstration.happening import Stepped
from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.steps import ENDED, Step
from ops_core.hotline.orders.tables import IS_MERGED, WorkOrderRow
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeVersionRow


def completed_particulars(
    session: Session, order: OrderOnRecord, stepped: Stepped
) -> Particulars | None:
    """The step's particulars; None where nothing on record fits: it is left to people then."""
    if stepped.step is Step.MERGE:
        lead = _lead_for(session, order)
        return None if lead is None else replace(stepped.particulars, lead=lead)
    if stepped.step is Step.ANSWER_DIRECTLY:
        cited = _article_for(session, order, stepped)
        return None if cited is None else replace(stepped.particulars, cited=(cited,))
    return stepped.particulars


def _lead_for(session: Session, order: OrderOnRecord) -> str | None:
    """The earlier open order of the demonstration about the same, the latest one."""
    merged_into_it = select(WorkOrderRow.number).where(WorkOrderRow.merged_into == order.number)
    if session.scalar(merged_into_it.where(IS_MERGED)):
        return None
    return session.scalar(
        select(WorkOrderRow.number)
        .join(CaseRow, CaseRow.number == WorkOrderRow.case_number)
        .where(
            CaseRow.source_org == SOURCE,
            WorkOrderRow.category == order.category,
            WorkOrderRow.state.not_in(ENDED),
            WorkOrderRow.number < order.number,
        )
        .order_by(WorkOrderRow.number.desc())
        .limit(1)
    )


def _article_for(session: Session, order: OrderOnRecord, stepped: Stepped) -> Citation | None:
    """The newest version in force about the order's category, or else about anything."""
    version, article = KnowledgeVersionRow, KnowledgeArticleRow
    row = session.execute(
        select(version.article, version.version, version.content_hash)
        .join(article, article.number == version.article)
        .where(version.effective_from <= stepped.at, version.until.is_(None))
        .order_by((article.category == order.category).desc(), version.effective_from.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Citation(*row)
