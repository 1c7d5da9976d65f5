"""Tries to take a port, again and again, and says what it got. usage: thief.py PORT UID CERTIFICATE KEY"""
import json, os, select, signal, socket, ssl, sys, time

port, uid, certificate, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
context.set_alpn_protocols(['h2', 'http/1.1'])
os.setuid(uid)

taken, attempts, connections, heard = {}, 0, 0, []


def summary(*_):
    print(json.dumps({'attempts': attempts, 'taken': sorted(taken), 'connections': connections, 'heard': heard}), flush=True)
    os._exit(0)


signal.signal(signal.SIGTERM, summary)


def bind(address):
    server = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
    try:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            server.setsockopt(socket.SOL_SOCKET, option, 1)
        server.bind((address, port))
        server.listen(128)
        return server
    except OSError:
        server.close()


def listen(server):
    """Everything a caller says before and after it trusts this server."""
    global connections
    plain, _ = server.accept()
    connections += 1
    plain.settimeout(2)
    try:
        with context.wrap_socket(plain, server_side=True) as trusted:
            heard.append(trusted.recv(65536).hex())
    except OSError:
        plain.close()


print('trying', flush=True)
while True:
    for address in ('0.0.0.0', '127.0.0.1', '::'):
        if address not in taken:
            attempts += 1
            server = bind(address)
            if server is not None:
                taken[address] = server
                print('taken', flush=True)
    ready, _, _ = select.select(list(taken.values()), [], [], 0.005)
    for server in ready:
        listen(server)
