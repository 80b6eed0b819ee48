/** Places: see command-docs.ts for the notation. */
export const places = `
geoadd @3.2.0 O(log(N))
  key:key0 [condition(+NX|+XX)] [change+CH] data{longitude:double latitude:double member}...
  Adds places with their coordinates.
geodist @3.2.0 O(1)
  key:key0 member1 member2 [unit(+M|+KM|+FT|+MI)]
  How far two places are apart.
geohash @3.2.0 O(1)
  key:key0 [member...]
  Places as geohash strings.
geopos @3.2.0 O(1)
  key:key0 [member...]
  The coordinates of places.
georadius @3.2.0 O(N+log(M)) !6.2.0 GEOSEARCH
  key:key0 longitude:double latitude:double radius:double unit(+M|+KM|+FT|+MI) [+WITHCOORD] [+WITHDIST] [+WITHHASH] [count-block{COUNT=count:integer [+ANY]}] [order(+ASC|+DESC)] [store(STORE=storekey:key1/key|STOREDIST=storedistkey:key2/key)]
  Places within a distance of a point.
georadius_ro @3.2.10 O(N+log(M)) !6.2.0 GEOSEARCH
  key:key0 longitude:double latitude:double radius:double unit(+M|+KM|+FT|+MI) [+WITHCOORD] [+WITHDIST] [+WITHHASH] [count-block{COUNT=count:integer [+ANY]}] [order(+ASC|+DESC)]
  Places within a distance of a point, kept nowhere.
georadiusbymember @3.2.0 O(N+log(M)) !6.2.0 GEOSEARCH
  key:key0 member radius:double unit(+M|+KM|+FT|+MI) [+WITHCOORD] [+WITHDIST] [+WITHHASH] [count-block{COUNT=count:integer [+ANY]}] [order(+ASC|+DESC)] [store(STORE=storekey:key1/key|STOREDIST=storedistkey:key2/key)]
  Places within a distance of another place.
georadiusbymember_ro @3.2.10 O(N+log(M)) !6.2.0 GEOSEARCH
  key:key0 member radius:double unit(+M|+KM|+FT|+MI) [+WITHCOORD] [+WITHDIST] [+WITHHASH] [count-block{COUNT=count:integer [+ANY]}] [order(+ASC|+DESC)]
  Places within a distance of another place, kept nowhere.
geosearch @6.2.0 O(N+log(M))
  key:key0 from(FROMMEMBER=member|FROMLONLAT=fromlonlat{longitude:double latitude:double}) by(circle{BYRADIUS=radius:double unit(+M|+KM|+FT|+MI)}|box{BYBOX=width:double height:double unit(+M|+KM|+FT|+MI)}) [order(+ASC|+DESC)] [count-block{COUNT=count:integer [+ANY]}] [+WITHCOORD] [+WITHDIST] [+WITHHASH]
  Places within a circle or a box.
geosearchstore @6.2.0 O(N+log(M))
  destination:key0 source:key1 from(FROMMEMBER=member|FROMLONLAT=fromlonlat{longitude:double latitude:double}) by(circle{BYRADIUS=radius:double unit(+M|+KM|+FT|+MI)}|box{BYBOX=width:double height:double unit(+M|+KM|+FT|+MI)}) [order(+ASC|+DESC)] [count-block{COUNT=count:integer [+ANY]}] [+STOREDIST]
  Keeps the places within a circle or a box.
`;
