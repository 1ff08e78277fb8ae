create table orders (id serial primary key, total numeric not null);
