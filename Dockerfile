FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --features cli

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/heygen-videos /usr/local/bin/heygen-videos
WORKDIR /data
ENTRYPOINT ["/usr/local/bin/heygen-videos"]
