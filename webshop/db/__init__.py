"""The database: tables, transactions, migrations. Each room's queries take an open connection from here."""
