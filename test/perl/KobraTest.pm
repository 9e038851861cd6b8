package KobraTest;

# What the TAP tests share: a server with kobra in a database, and a database in
# which every table of the extension has rows of an operator's own.

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;

our @EXPORT = qw(start_node create_database fill_living);

# A running server, with the database "gis" that has postgis in it and nothing
# else, to be a template.
sub start_node
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', $_) foreach ("timezone = 'UTC'", @settings);
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE gis');
	$node->safe_psql('gis', 'CREATE EXTENSION postgis');
	return $node;
}

# A database with postgis and kobra.
sub create_database
{
	my ($node, $db) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE gis");
	$node->safe_psql($db, 'CREATE EXTENSION kobra');
	return;
}

# Give every table of the extension rows, the way an operation would.
sub fill_living
{
	my ($node, $db) = @_;

	$node->safe_psql($db, q{
		INSERT INTO kobra.job_run (job, params, status, rows_done, finished_at)
		VALUES ('import_portfolio', '{"file": "ñandú.csv"}', 'done', 12, clock_timestamp()),
			   ('segment_portfolio', '{}', 'running', 3, NULL)
	});
	return;
}

1;
