"""gRPC servers for tests: arguments are the ports of a healthy one, the same over TLS, and one without health
checking, then the files of certificate and key."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

SERVING = {b"": 1, b"shop.v1.Cart": 1, b"shop.v1.Stock": 2, b"shop.v1.Odd": 0, b"shop.v1.New": 3}


def check(request, context):
    name = request[2:] if request else b""
    if name == b"shop.v1.Broken":
        context.abort(grpc.StatusCode.UNAVAILABLE, "the database is gone")
    if name == b"shop.v1.Long":
        return b"\x12\xff\xff\x03" + b"x" * 65535
    if name not in SERVING:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    status = SERVING[name]
    return bytes([8, status]) if status else b""


def server():
    return grpc.server(ThreadPoolExecutor(max_workers=4), options=(("grpc.so_reuseport", 0),))


def main():
    plain, secure, without, cert, key = sys.argv[1:]
    handler = grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}
    )
    healthy, bare = server(), server()
    healthy.add_generic_rpc_handlers((handler,))
    with open(key, "rb") as key_file, open(cert, "rb") as cert_file:
        pair = (key_file.read(), cert_file.read())
    healthy.add_secure_port(f"127.0.0.1:{secure}", grpc.ssl_server_credentials([pair]))
    healthy.add_insecure_port(f"127.0.0.1:{plain}")
    bare.add_insecure_port(f"127.0.0.1:{without}")
    bare.start()
    healthy.start()
    healthy.wait_for_termination()


main()
