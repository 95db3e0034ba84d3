"""Watching the sources: what is to be expected of each, what is wrong with one, and the incidents that come of it.

`verdicts` judges one source, and is pure, like all that it is made of (`evidence`, `remembering`; `causes`; `holidays`,
`usual_week`, `silence`; `pages`, `page_history`, `drift`): neither clock nor file is read there.
"""
