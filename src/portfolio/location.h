/*
 * location.h
 *		Points of addresses.
 */
#ifndef KOBRA_LOCATION_H
#define KOBRA_LOCATION_H

/* The type of address.location, wherever PostGIS lives, and a point of it. */
extern Oid	kobra_location_type(void);
extern Datum kobra_location(double latitude, double longitude);

#endif
