interface Place {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

const EARTH_RADIUS_KM = 6371.0088;

/**
 * Kilometres along the great circle between two places (haversine formula, mean earth radius of the IUGG), or null where
 * one of them is not known.
 */
export function kilometresBetween(a: Place, b: Place): number | null {
  if (a.latitude === null || a.longitude === null || b.latitude === null || b.longitude === null) return null;
  const [north, south] = [radians(a.latitude), radians(b.latitude)];
  const [dLatitude, dLongitude] = [south - north, radians(b.longitude - a.longitude)];
  const h = Math.sin(dLatitude / 2) ** 2 + Math.cos(north) * Math.cos(south) * Math.sin(dLongitude / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
