"""The tables and views, step by step: append-only. `storage.schema` lists the steps; these modules hold them."""
