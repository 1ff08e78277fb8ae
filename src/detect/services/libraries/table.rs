//! Libraries that speak to services, by the names under which their ecosystems publish them.

use super::Ecosystem::{self, DotNet, Elixir, Go, Jvm, Node, Php, Python, Ruby, Rust};

/// What the presence of a library says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It can't work without the service.
    Needs,
    /// It can speak to the service, if it is used.
    Speaks,
    /// The database is in a file.
    InFile,
}
use Says::{InFile, Needs, Speaks};

/// Names, the kinds that they speak to, and what that says.
pub static LIBRARIES: &[(Ecosystem, &str, &[&str], Says)] = &[
    (
        Node,
        "pg postgres pg-promise @payloadcms/db-postgres @databases/pg slonik pg-boss @mikro-orm/postgresql \
         @neondatabase/serverless @vercel/postgres @types/pg @prisma/adapter-pg @db/postgres deno-postgres \
         graphile-worker postgraphile",
        &["postgres"],
        Speaks,
    ),
    (Node, "mysql mysql2 @mikro-orm/mysql @databases/mysql", &["mysql"], Speaks),
    (Node, "mariadb @mikro-orm/mariadb", &["mariadb"], Speaks),
    (Node, "mssql tedious msnodesqlv8", &["mssql"], Speaks),
    (
        Node,
        "sqlite3 better-sqlite3 sqlite @libsql/client @electric-sql/pglite sql.js @mikro-orm/better-sqlite",
        &[],
        InFile,
    ),
    (
        Node,
        "mongodb mongoose @nestjs/mongoose monk connect-mongo @typegoose/typegoose @payloadcms/db-mongodb \
         @mikro-orm/mongodb mongojs",
        &["mongodb"],
        Speaks,
    ),
    (
        Node,
        "redis ioredis connect-redis @redis/client cache-manager-redis-store cache-manager-ioredis-yet \
         @keyv/redis rate-limit-redis @socket.io/redis-adapter @fastify/redis",
        &["redis"],
        Speaks,
    ),
    (Node, "bullmq bull bee-queue @nestjs/bull @nestjs/bullmq kue", &["redis"], Needs),
    (Node, "@medusajs/medusa", &["postgres"], Needs),
    (Node, "memcached memjs", &["memcached"], Speaks),
    (Node, "amqplib amqp-connection-manager @golevelup/nestjs-rabbitmq rascal amqp-ts", &["rabbitmq"], Speaks),
    (Node, "kafkajs node-rdkafka @confluentinc/kafka-javascript kafka-node", &["kafka"], Speaks),
    (Node, "nats @nats-io/transport-node", &["nats"], Speaks),
    (Node, "mqtt", &["mosquitto"], Speaks),
    (Node, "@elastic/elasticsearch elasticsearch @nestjs/elasticsearch", &["elasticsearch"], Speaks),
    (Node, "@opensearch-project/opensearch", &["opensearch"], Speaks),
    (Node, "meilisearch @meilisearch/instant-meilisearch", &["meilisearch"], Speaks),
    (Node, "typesense typesense-instantsearch-adapter", &["typesense"], Speaks),
    (Node, "minio @aws-sdk/client-s3 aws-sdk", &["minio"], Speaks),
    (Node, "nodemailer @nestjs-modules/mailer", &["mailpit"], Speaks),
    (Node, "@clickhouse/client", &["clickhouse"], Speaks),
    (Node, "neo4j-driver", &["neo4j"], Speaks),
    (Node, "@qdrant/js-client-rest", &["qdrant"], Speaks),
    (Node, "@google-cloud/firestore firebase-admin", &["firestore"], Speaks),
    (
        Python,
        "psycopg2 psycopg2-binary psycopg psycopg-binary psycopg-c asyncpg pg8000 aiopg psycogreen pgvector \
         procrastinate",
        &["postgres"],
        Speaks,
    ),
    (
        Python,
        "mysqlclient pymysql aiomysql asyncmy mysql-connector-python mysql-connector flask-mysqldb",
        &["mysql"],
        Speaks,
    ),
    (Python, "mariadb", &["mariadb"], Speaks),
    (Python, "pymssql mssql-django aioodbc", &["mssql"], Speaks),
    (Python, "aiosqlite", &[], InFile),
    (Python, "pymongo motor mongoengine beanie odmantic djongo flask-pymongo flask-mongoengine", &["mongodb"], Speaks),
    (
        Python,
        "redis aioredis django-redis channels-redis hiredis flask-redis celery dramatiq fakeredis coredis \
         walrus",
        &["redis"],
        Speaks,
    ),
    (Python, "rq django-rq arq rq-scheduler flask-rq2", &["redis"], Needs),
    (Python, "pymemcache pylibmc python-memcached aiomcache", &["memcached"], Speaks),
    (Python, "pika aio-pika celery kombu aioamqp dramatiq nameko faststream", &["rabbitmq"], Speaks),
    (Python, "kafka-python kafka-python-ng aiokafka confluent-kafka faust-streaming", &["kafka"], Speaks),
    (Python, "nats-py asyncio-nats-client", &["nats"], Speaks),
    (Python, "paho-mqtt asyncio-mqtt aiomqtt", &["mosquitto"], Speaks),
    (Python, "elasticsearch elasticsearch-dsl django-elasticsearch-dsl django-haystack", &["elasticsearch"], Speaks),
    (Python, "opensearch-py", &["opensearch"], Speaks),
    (Python, "meilisearch meilisearch-python-sdk", &["meilisearch"], Speaks),
    (Python, "typesense", &["typesense"], Speaks),
    (Python, "minio boto3 aioboto3 django-storages s3fs", &["minio"], Speaks),
    (Python, "clickhouse-driver clickhouse-connect", &["clickhouse"], Speaks),
    (Python, "neo4j neomodel", &["neo4j"], Speaks),
    (Python, "qdrant-client", &["qdrant"], Speaks),
    (Python, "google-cloud-firestore firebase-admin", &["firestore"], Speaks),
    (Ruby, "pg activerecord-postgis-adapter sequel_pg", &["postgres"], Speaks),
    (Ruby, "mysql2 trilogy", &["mysql"], Speaks),
    (Ruby, "activerecord-sqlserver-adapter tiny_tds", &["mssql"], Speaks),
    (Ruby, "sqlite3", &[], InFile),
    (Ruby, "mongoid mongo", &["mongodb"], Speaks),
    (Ruby, "redis hiredis redis-client redis-rails hiredis-client kredis redis-session-store", &["redis"], Speaks),
    (Ruby, "sidekiq resque sidekiq-pro sidekiq-scheduler sidekiq-cron", &["redis"], Needs),
    (Ruby, "dalli", &["memcached"], Speaks),
    (Ruby, "bunny sneakers hutch kicks", &["rabbitmq"], Speaks),
    (Ruby, "ruby-kafka karafka rdkafka racecar", &["kafka"], Speaks),
    (Ruby, "elasticsearch elasticsearch-model elasticsearch-rails searchkick chewy", &["elasticsearch"], Speaks),
    (Ruby, "opensearch-ruby", &["opensearch"], Speaks),
    (Ruby, "meilisearch-rails meilisearch", &["meilisearch"], Speaks),
    (Ruby, "typesense typesense-rails", &["typesense"], Speaks),
    (Ruby, "aws-sdk-s3", &["minio"], Speaks),
    (Ruby, "neo4j-ruby-driver activegraph", &["neo4j"], Speaks),
    (
        Php,
        "johnpbloch/wordpress roots/wordpress roots/bedrock drupal/core-recommended \
         magento/product-community-edition shopware/core pimcore/pimcore",
        &["mysql"],
        Needs,
    ),
    (Php, "predis/predis ext-redis snc/redis-bundle symfony/redis-messenger", &["redis"], Speaks),
    (
        Php,
        "mongodb/mongodb jenssegers/mongodb mongodb/laravel-mongodb doctrine/mongodb-odm-bundle ext-mongodb",
        &["mongodb"],
        Speaks,
    ),
    (Php, "ext-memcached", &["memcached"], Speaks),
    (Php, "ext-pdo_pgsql ext-pgsql", &["postgres"], Speaks),
    (Php, "ext-pdo_mysql ext-mysqli", &["mysql"], Speaks),
    (
        Php,
        "doctrine/orm doctrine/dbal doctrine/doctrine-bundle illuminate/database cakephp/cakephp yiisoft/yii2 \
         codeigniter4/framework",
        &["postgres", "mysql", "mariadb"],
        Speaks,
    ),
    (
        Php,
        "php-amqplib/php-amqplib symfony/amqp-messenger enqueue/amqp-ext ext-amqp \
         vladimir-yuldashev/laravel-queue-rabbitmq",
        &["rabbitmq"],
        Speaks,
    ),
    (Php, "ext-rdkafka mateusjunges/laravel-kafka", &["kafka"], Speaks),
    (Php, "elasticsearch/elasticsearch ruflin/elastica friendsofsymfony/elastica-bundle", &["elasticsearch"], Speaks),
    (Php, "opensearch-project/opensearch-php", &["opensearch"], Speaks),
    (Php, "meilisearch/meilisearch-php", &["meilisearch"], Speaks),
    (Php, "typesense/typesense-php", &["typesense"], Speaks),
    (Php, "symfony/mailer", &["mailpit"], Speaks),
    (Php, "league/flysystem-aws-s3-v3 aws/aws-sdk-php", &["minio"], Speaks),
    (
        Go,
        "github.com/lib/pq github.com/jackc/pgx gorm.io/driver/postgres github.com/go-pg/pg \
         github.com/uptrace/bun/driver/pgdriver github.com/jinzhu/gorm/dialects/postgres",
        &["postgres"],
        Speaks,
    ),
    (Go, "github.com/go-sql-driver/mysql gorm.io/driver/mysql", &["mysql"], Speaks),
    (
        Go,
        "github.com/microsoft/go-mssqldb github.com/denisenkom/go-mssqldb gorm.io/driver/sqlserver",
        &["mssql"],
        Speaks,
    ),
    (
        Go,
        "github.com/mattn/go-sqlite3 modernc.org/sqlite gorm.io/driver/sqlite github.com/glebarez/sqlite \
         zombiezen.com/go/sqlite",
        &[],
        InFile,
    ),
    (Go, "go.mongodb.org/mongo-driver gopkg.in/mgo.v2 github.com/globalsign/mgo", &["mongodb"], Speaks),
    (
        Go,
        "github.com/redis/go-redis github.com/go-redis/redis github.com/gomodule/redigo \
         github.com/redis/rueidis github.com/garyburd/redigo",
        &["redis"],
        Speaks,
    ),
    (Go, "github.com/hibiken/asynq", &["redis"], Needs),
    (Go, "github.com/bradfitz/gomemcache", &["memcached"], Speaks),
    (Go, "github.com/rabbitmq/amqp091-go github.com/streadway/amqp", &["rabbitmq"], Speaks),
    (
        Go,
        "github.com/segmentio/kafka-go github.com/IBM/sarama github.com/Shopify/sarama \
         github.com/confluentinc/confluent-kafka-go github.com/twmb/franz-go",
        &["kafka"],
        Speaks,
    ),
    (Go, "github.com/nats-io/nats.go", &["nats"], Speaks),
    (Go, "github.com/eclipse/paho.mqtt.golang", &["mosquitto"], Speaks),
    (Go, "github.com/elastic/go-elasticsearch github.com/olivere/elastic", &["elasticsearch"], Speaks),
    (Go, "github.com/opensearch-project/opensearch-go", &["opensearch"], Speaks),
    (Go, "github.com/meilisearch/meilisearch-go", &["meilisearch"], Speaks),
    (Go, "github.com/typesense/typesense-go", &["typesense"], Speaks),
    (Go, "github.com/minio/minio-go github.com/aws/aws-sdk-go-v2/service/s3", &["minio"], Speaks),
    (Go, "cloud.google.com/go/firestore", &["firestore"], Speaks),
    (Go, "github.com/ClickHouse/clickhouse-go", &["clickhouse"], Speaks),
    (Go, "github.com/neo4j/neo4j-go-driver", &["neo4j"], Speaks),
    (Go, "github.com/qdrant/go-client", &["qdrant"], Speaks),
    (Rust, "tokio-postgres postgres deadpool-postgres pgvector bb8-postgres", &["postgres"], Speaks),
    (Rust, "mysql mysql_async", &["mysql"], Speaks),
    (Rust, "tiberius", &["mssql"], Speaks),
    (Rust, "rusqlite libsql tokio-rusqlite", &[], InFile),
    (Rust, "mongodb", &["mongodb"], Speaks),
    (Rust, "redis fred deadpool-redis bb8-redis apalis-redis actix-session-redis", &["redis"], Speaks),
    (Rust, "lapin amqprs", &["rabbitmq"], Speaks),
    (Rust, "rdkafka rskafka", &["kafka"], Speaks),
    (Rust, "async-nats nats", &["nats"], Speaks),
    (Rust, "rumqttc paho-mqtt", &["mosquitto"], Speaks),
    (Rust, "elasticsearch", &["elasticsearch"], Speaks),
    (Rust, "opensearch", &["opensearch"], Speaks),
    (Rust, "meilisearch-sdk", &["meilisearch"], Speaks),
    (Rust, "aws-sdk-s3 rust-s3 minio", &["minio"], Speaks),
    (Rust, "lettre", &["mailpit"], Speaks),
    (Rust, "clickhouse", &["clickhouse"], Speaks),
    (Rust, "neo4rs", &["neo4j"], Speaks),
    (Rust, "qdrant-client", &["qdrant"], Speaks),
    (
        Jvm,
        "postgresql r2dbc-postgresql quarkus-jdbc-postgresql quarkus-reactive-pg-client vertx-pg-client \
         pgjdbc-ng doobie-postgres skunk-core",
        &["postgres"],
        Speaks,
    ),
    (
        Jvm,
        "mysql-connector-java mysql-connector-j r2dbc-mysql quarkus-jdbc-mysql quarkus-reactive-mysql-client",
        &["mysql"],
        Speaks,
    ),
    // Quarkus starts what these speak to by itself during development, through the engine, which is handed to nothing here.
    (Jvm, "quarkus-jdbc-postgresql quarkus-reactive-pg-client", &["postgres"], Needs),
    (Jvm, "quarkus-jdbc-mysql quarkus-reactive-mysql-client", &["mysql"], Needs),
    (Jvm, "quarkus-jdbc-mariadb", &["mariadb"], Needs),
    (Jvm, "quarkus-mongodb-client quarkus-mongodb-panache", &["mongodb"], Needs),
    (Jvm, "quarkus-redis-client", &["redis"], Needs),
    (Jvm, "quarkus-messaging-kafka quarkus-smallrye-reactive-messaging-kafka", &["kafka"], Needs),
    (Jvm, "mariadb-java-client r2dbc-mariadb quarkus-jdbc-mariadb", &["mariadb"], Speaks),
    (Jvm, "mssql-jdbc quarkus-jdbc-mssql r2dbc-mssql", &["mssql"], Speaks),
    (Jvm, "h2 hsqldb sqlite-jdbc derby quarkus-jdbc-h2 r2dbc-h2", &[], InFile),
    (
        Jvm,
        "spring-boot-starter-data-mongodb spring-boot-starter-data-mongodb-reactive mongodb-driver-sync \
         mongo-java-driver quarkus-mongodb-client quarkus-mongodb-panache mongo-scala-driver",
        &["mongodb"],
        Speaks,
    ),
    (
        Jvm,
        "spring-boot-starter-data-redis spring-boot-starter-data-redis-reactive jedis lettuce-core redisson \
         redisson-spring-boot-starter quarkus-redis-client spring-session-data-redis carmine",
        &["redis"],
        Speaks,
    ),
    (
        Jvm,
        "spring-boot-starter-amqp amqp-client quarkus-messaging-rabbitmq \
         quarkus-smallrye-reactive-messaging-rabbitmq",
        &["rabbitmq"],
        Speaks,
    ),
    (
        Jvm,
        "spring-kafka kafka-clients kafka-streams quarkus-messaging-kafka \
         quarkus-smallrye-reactive-messaging-kafka spring-cloud-stream-binder-kafka \
         spring-cloud-starter-stream-kafka",
        &["kafka"],
        Speaks,
    ),
    (
        Jvm,
        "spring-boot-starter-data-elasticsearch elasticsearch-java elasticsearch-rest-high-level-client \
         quarkus-elasticsearch-rest-client",
        &["elasticsearch"],
        Speaks,
    ),
    (Jvm, "opensearch-java opensearch-rest-high-level-client", &["opensearch"], Speaks),
    (Jvm, "spring-boot-starter-data-neo4j neo4j-java-driver", &["neo4j"], Speaks),
    (Jvm, "spring-boot-starter-mail", &["mailpit"], Speaks),
    (Jvm, "minio s3", &["minio"], Speaks),
    (Jvm, "jnats", &["nats"], Speaks),
    (
        DotNet,
        "npgsql npgsql.entityframeworkcore.postgresql marten dbup-postgresql aspire.npgsql \
         hangfire.postgresql",
        &["postgres"],
        Speaks,
    ),
    (
        DotNet,
        "pomelo.entityframeworkcore.mysql mysql.data mysqlconnector mysql.entityframeworkcore",
        &["mysql"],
        Speaks,
    ),
    (
        DotNet,
        "microsoft.entityframeworkcore.sqlserver microsoft.data.sqlclient system.data.sqlclient \
         dbup-sqlserver hangfire.sqlserver aspire.microsoft.entityframeworkcore.sqlserver",
        &["mssql"],
        Speaks,
    ),
    (
        DotNet,
        "microsoft.entityframeworkcore.sqlite microsoft.data.sqlite system.data.sqlite \
         microsoft.entityframeworkcore.inmemory",
        &[],
        InFile,
    ),
    (DotNet, "mongodb.driver mongodb.entityframeworkcore", &["mongodb"], Speaks),
    (
        DotNet,
        "stackexchange.redis microsoft.extensions.caching.stackexchangeredis aspire.stackexchange.redis",
        &["redis"],
        Speaks,
    ),
    (DotNet, "rabbitmq.client masstransit.rabbitmq easynetq rebus.rabbitmq", &["rabbitmq"], Speaks),
    (DotNet, "confluent.kafka masstransit.kafka", &["kafka"], Speaks),
    (DotNet, "nest elastic.clients.elasticsearch elasticsearch.net", &["elasticsearch"], Speaks),
    (DotNet, "neo4j.driver", &["neo4j"], Speaks),
    (DotNet, "mailkit", &["mailpit"], Speaks),
    (DotNet, "nats.net nats.client", &["nats"], Speaks),
    (Elixir, "postgrex", &["postgres"], Speaks),
    (Elixir, "myxql", &["mysql"], Speaks),
    (Elixir, "tds", &["mssql"], Speaks),
    (Elixir, "ecto_sqlite3 exqlite", &[], InFile),
    (Elixir, "mongodb_driver", &["mongodb"], Speaks),
    (Elixir, "redix phoenix_pubsub_redis cachex_redis hammer_backend_redis", &["redis"], Speaks),
    (Elixir, "exq verk", &["redis"], Needs),
    (Elixir, "amqp broadway_rabbitmq", &["rabbitmq"], Speaks),
    (Elixir, "brod broadway_kafka kafka_ex", &["kafka"], Speaks),
    (Elixir, "gnat", &["nats"], Speaks),
    (Elixir, "elasticsearch snap", &["elasticsearch"], Speaks),
    (Elixir, "meilisearch", &["meilisearch"], Speaks),
    (Elixir, "ex_aws_s3", &["minio"], Speaks),
    (Elixir, "ch clickhouse_ecto", &["clickhouse"], Speaks),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::services::kinds;

    #[test]
    fn entries_speak_of_kinds_that_exist() {
        for (_, names, ids, says) in LIBRARIES {
            assert!(ids.iter().all(|id| kinds::by_id(id).is_some()), "{names:?}");
            assert_eq!(ids.is_empty(), *says == InFile, "{names:?}");
        }
    }
}
