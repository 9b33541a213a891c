"""Messages as they lie on the wire: those of version 1, and the phone apps' in the form that they send."""

from __future__ import annotations

FIXES = (
    b'{"boot_id":"b7","first_seq":41,"sent_at":"2026-11-22T08:00:09.5Z","fixes":['
    b'{"fix_at":"2026-11-22T08:00:01Z","lat_deg":47.141,"lon_deg":9.521,"accuracy_m":4,"speed_mps":13.9,'
    b'"bearing_deg":0,"altitude_m":455.5,"battery_pct":81},'
    b'{"fix_at":"2026-11-22T09:00:06+01:00","lat_deg":47,"lon_deg":9.5,"accuracy_m":null,"mood":"good"}]}'
)
STATE = (
    b'{"boot_id":"L1","seq":7,"at":"2026-11-22T08:00:00Z","sent_at":"2026-11-22T08:00:01Z","compartments":['
    b'{"compartment":"A1","door":"closed","part":"P-100","serial":"SN-1","quantity":1},'
    b'{"compartment":"A2","door":"unknown"}],"temperature_c":-3.5,"power":"battery","battery_pct":77}'
)
EVENT = (
    b'{"boot_id":"L1","seq":8,"at":"2026-11-22T08:00:00Z","kind":"door_opened","compartment":"A1",'
    b'"command_id":"c-1"}'
)
CONNECTION = b'{"online":false,"session":"s-9","connect_count":12}'
REPLY = b'{"command_id":"c-1","result":"refused","reason":"stale","at":"2026-11-22T08:00:03Z"}'

OWNTRACKS_ANDROID = (
    b'{"_type":"location","BSSID":"be:ef:00:11:22:33","SSID":"Depot","_id":"6f2c9d1e","acc":13,"alt":455,'
    b'"batt":81,"bs":1,"cog":273,"conn":"w","created_at":1795334405,"inregions":["Depot"],"lat":47.1410,'
    b'"lon":9.5215,"m":2,"motionactivities":["automotive"],"p":96.2,"t":"p","tid":"c0","tst":1795334400,'
    b'"vac":2,"vel":50}'
)
OWNTRACKS_IOS = (
    b'{"_type":"location","acc":5,"alt":455,"batt":-1,"cog":-1,"conn":"m","lat":47.141,"lon":9.521,'
    b'"tid":"C0","tst":1795334401,"vel":-1,"topic":"owntracks/courier-0/phone"}'
)
OWNTRACKS_LWT = b'{"_type":"lwt","tst":1795334400}'
OWNTRACKS_TRANSITION = (
    b'{"_type":"transition","acc":10,"desc":"Depot","event":"enter","lat":47.1,"lon":9.5,"t":"c","tid":"c0",'
    b'"tst":1795334400,"wtst":1795330000}'
)
OWNTRACKS_STATUS = b'{"_type":"status","iOS":{"version":"18.0"},"_id":"1"}'
OWNTRACKS_ENCRYPTED = b'{"_type":"encrypted","data":"AAECAwQFBgcICQoLDA0ODw=="}'
OWNTRACKS_OF_NO_USE = {
    "lwt": OWNTRACKS_LWT,
    "status": OWNTRACKS_STATUS,
    "transition": b'{"_type":"transition","event":"leave","desc":"Depot","tst":1795334400,"wtst":1795330000}',
    "waypoint": b'{"_type":"waypoint","desc":"Depot","lat":47.1,"lon":9.5,"rad":80,"tst":1795330000}',
    "waypoints": b'{"_type":"waypoints","waypoints":[{"_type":"waypoint","desc":"D","tst":1795330000}]}',
    "cmd": b'{"_type":"cmd","action":"reportLocation"}',
    "configuration": b'{"_type":"configuration","mode":0,"monitoring":2,"deviceId":"phone"}',
    "card": b'{"_type":"card","name":"Anna","tid":"AN"}',
    "beacon": b'{"_type":"beacon","uuid":"F7826DA6","major":1,"minor":2,"prox":1,"tst":1795334400}',
    "steps": b'{"_type":"steps","from":1795330000,"to":1795334400,"steps":812}',
    "request": b'{"_type":"request","request":"tour","tour":{"label":"Day"}}',
    "dump": b'{"_type":"dump","configuration":{"_type":"configuration","mode":0}}',
}

OSMAND_FORM = (
    b"id=anna&timestamp=1795334400&lat=47.1410&lon=9.5215&speed=10&bearing=273.0&altitude=455&accuracy=12"
    b"&batt=81&charge=true&mock=false&driverUniqueId=7&cell=228,1,2,3,-80&cell=228,1,2,4&wifi=be:ef,-60"
)
OSMAND_JSON = (
    b'{"location":{"timestamp":"2026-11-22T08:00:00.000Z","coords":{"latitude":47.141,"longitude":9.5215,'
    b'"accuracy":12,"speed":5.14,"heading":273,"altitude":455},"is_moving":true,"odometer":1200,'
    b'"event":"motionchange","battery":{"level":0.81,"is_charging":true},"activity":{"type":"in_vehicle"},'
    b'"extras":{},"_":"&id=anna"},"device_id":"anna"}'
)
