# A static program in an empty image, run by nobody in particular. Build with
#   docker build -t porchlight .
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -buildvcs=false -o /out/porchlight ./cmd/porchlight \
 && mkdir -p /out/data

FROM scratch
# Certificates, to call platforms and models.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/porchlight /porchlight
# The folder of the built-in store; a volume goes here. Its owner is who runs it.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /data
USER 65532:65532
ENV PORCHLIGHT_DATA=/data PORCHLIGHT_LOG=json
ENTRYPOINT ["/porchlight"]
CMD ["serve"]
