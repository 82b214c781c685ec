"""Files of all forms as tables: `forms` opens one, `columns` finds out what stands in which column."""
