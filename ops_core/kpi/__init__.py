"""The assessed indicators: computed from records, and open to them."""
